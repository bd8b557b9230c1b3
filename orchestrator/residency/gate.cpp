#include "orchestrator/residency/gate.hpp"

namespace rolecall::residency {

namespace {

constexpr std::uint64_t open_bit = std::uint64_t{1} << 63;
constexpr std::uint64_t notify_bit = std::uint64_t{1} << 62;

constexpr std::uint32_t leases_in(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

}  // namespace

// Orders: whatever a lease holder did, its last_used included, is released by step_back and
// acquired by the control thread when it reads the count. last_used itself may stay relaxed:
// between running leases any recent value will do.

bool gate::enter(clock::time_point now, bool& idle_notice) noexcept {
  if ((word_.fetch_add(1, std::memory_order_acquire) & open_bit) == 0) {
    idle_notice = step_back();
    return false;
  }
  last_used_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return true;
}

bool gate::leave(clock::time_point now) noexcept {
  last_used_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return step_back();
}

// The notice is claimed only while the count is still zero. Whoever entered in between takes it
// over: exactly one caller sees both the zero and the bit, and clears it.
bool gate::step_back() noexcept {
  auto word = word_.fetch_sub(1, std::memory_order_acq_rel) - 1;
  while (leases_in(word) == 0 && (word & notify_bit) != 0)
    if (word_.compare_exchange_weak(word, word & ~notify_bit, std::memory_order_acq_rel,
                                    std::memory_order_acquire))
      return true;
  return false;
}

void gate::open() noexcept { word_.fetch_or(open_bit, std::memory_order_acq_rel); }

void gate::close() noexcept { word_.fetch_and(~open_bit, std::memory_order_acq_rel); }

bool gate::close_if_idle() noexcept {
  auto word = word_.load(std::memory_order_acquire);
  while (leases_in(word) == 0)
    if (word_.compare_exchange_weak(word, word & ~open_bit, std::memory_order_acq_rel,
                                    std::memory_order_acquire))
      return true;
  return false;
}

bool gate::notify_when_idle() noexcept {
  auto word = word_.load(std::memory_order_acquire);
  while (leases_in(word) != 0)
    if (word_.compare_exchange_weak(word, word | notify_bit, std::memory_order_acq_rel,
                                    std::memory_order_acquire))
      return true;
  return false;
}

bool gate::is_open() const noexcept {
  return (word_.load(std::memory_order_acquire) & open_bit) != 0;
}

std::uint32_t gate::leases() const noexcept {
  return leases_in(word_.load(std::memory_order_acquire));
}

gate::clock::time_point gate::last_used() const noexcept {
  return clock::time_point{clock::duration{last_used_.load(std::memory_order_relaxed)}};
}

}  // namespace rolecall::residency
