#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace rolecall::residency {

/// What a lease keeps the process busy with.
enum class lease_kind : std::uint8_t {
  slot,      ///< generation, embedding, reranking: one of the process's slots
  slotless,  ///< tokenizing, metrics and the like: the process must stay, but does it beside
};

/// What whoever stepped out of a gate owes the control plane; it must post it.
enum class gate_notice : std::uint8_t {
  none,
  slot_free,  ///< somebody waits, and there is room now
  idle,       ///< it asked to hear of idleness, and this was the last lease
};

/// Counts the leases of one instance: the only mutable thing that data threads and the control
/// thread share. Data threads enter and leave; only the control thread opens, closes, grants,
/// announces a queue and asks to be told of idleness. One atomic operation in, one out; nobody ever
/// waits.
///
/// enter() counts first and looks afterwards, so a refused caller is counted until it has taken its
/// step back. While it is, leases() and slots_taken() are one too high: close_if_idle() may refuse,
/// notify_when_idle() may promise a notice, and others may be refused for want of room. That step
/// back then gives the notice that a lease's end would have given. The other error, a lease that is
/// not counted, cannot happen; nor can more than `capacity` slots be taken, unless it was lowered
/// below what was taken already.
///
/// `Atomic` is std::atomic, or what the test that tries every interleaving puts in its place.
template <template <class> class Atomic>
class basic_gate {
 public:
  using clock = std::chrono::steady_clock;
  /// More than any registry can mean: no limit.
  static constexpr std::uint32_t unlimited = (1U << 24) - 1;

  basic_gate() : basic_gate(unlimited) {}
  /// `capacity`: slots that may be taken at once, 1 … unlimited.
  explicit basic_gate(std::uint32_t capacity) : capacity_(capacity) {}

  struct entry {
    bool entered = false;
    gate_notice owed = gate_notice::none;  ///< of a caller that was refused
  };
  /// Takes a lease, unless the gate is closed, or `kind` is a slot and none is free or somebody
  /// waits already: nobody overtakes the queue.
  [[nodiscard]] entry enter(lease_kind kind, clock::time_point now) {
    const auto before = word_.fetch_add(unit(kind), std::memory_order_acquire);
    const bool behind_queue = kind == lease_kind::slot && (before & queued_bit) != 0;
    if (!has_room(before, kind) || behind_queue) return {false, step_back(kind)};
    use_at(now);
    return {true};
  }
  /// Gives a lease back.
  [[nodiscard]] gate_notice leave(lease_kind kind, clock::time_point now) {
    use_at(now);
    return step_back(kind);
  }

  // -- the control thread

  /// Takes a lease for whoever is first in the queue. False: the gate is closed or no slot is free.
  [[nodiscard]] bool enter_granted(lease_kind kind, clock::time_point now) {
    auto word = word_.load(std::memory_order_acquire);
    while (has_room(word, kind)) {
      if (!word_.compare_exchange_weak(word, word + unit(kind), std::memory_order_acq_rel,
                                       std::memory_order_acquire))
        continue;
      use_at(now);
      return true;
    }
    return false;
  }
  void open() { word_.fetch_or(open_bit, std::memory_order_acq_rel); }
  /// No new leases; those held go on.
  void close() { word_.fetch_and(~open_bit, std::memory_order_acq_rel); }
  /// Closes only if no lease is held. False: left as it was.
  [[nodiscard]] bool close_if_idle() {
    auto word = word_.load(std::memory_order_acquire);
    while (leases_in(word) == 0)
      if (word_.compare_exchange_weak(word, word & ~open_bit, std::memory_order_acq_rel,
                                      std::memory_order_acquire))
        return true;
    return false;
  }
  /// The next time the count reaches zero, whoever takes it there owes a notice, once. False when
  /// it is zero already: nothing will be told.
  [[nodiscard]] bool notify_when_idle() {
    auto word = word_.load(std::memory_order_acquire);
    while (leases_in(word) != 0)
      if (word_.compare_exchange_weak(word, word | notify_bit, std::memory_order_acq_rel,
                                      std::memory_order_acquire))
        return true;
    return false;
  }
  /// Somebody waits: from now on slots go to them alone, and every slot given back is told. True
  /// when one is free already, which nobody will tell: the caller must look.
  [[nodiscard]] bool announce_queue() {
    return has_room(word_.fetch_or(queued_bit, std::memory_order_acq_rel), lease_kind::slot);
  }
  /// 1 … unlimited. Slots that were taken beyond a lower one are kept to their leases' end; who
  /// waits for a higher one must be looked after by the caller.
  void set_capacity(std::uint32_t capacity) {
    capacity_.store(capacity, std::memory_order_relaxed);
  }
  /// Nobody waits any more.
  void dissolve_queue() { word_.fetch_and(~queued_bit, std::memory_order_acq_rel); }

  // -- any thread

  /// Bytes of an answer came from the process: it lives.
  void heard(clock::time_point now) const {
    heard_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  /// When they came last; the clock's epoch if never.
  [[nodiscard]] clock::time_point last_heard() const {
    return clock::time_point{clock::duration{heard_.load(std::memory_order_relaxed)}};
  }

  [[nodiscard]] bool is_open() const {
    return (word_.load(std::memory_order_acquire) & open_bit) != 0;
  }
  [[nodiscard]] bool is_queued() const {
    return (word_.load(std::memory_order_acquire) & queued_bit) != 0;
  }
  /// Whether enter() would succeed now.
  [[nodiscard]] bool admits(lease_kind kind) const {
    const auto word = word_.load(std::memory_order_acquire);
    return has_room(word, kind) && (kind == lease_kind::slotless || (word & queued_bit) == 0);
  }
  /// Of both kinds.
  [[nodiscard]] std::uint32_t leases() const {
    return leases_in(word_.load(std::memory_order_acquire));
  }
  [[nodiscard]] std::uint32_t slots_taken() const {
    return slots_in(word_.load(std::memory_order_acquire));
  }
  [[nodiscard]] std::uint32_t capacity() const { return capacity_.load(std::memory_order_relaxed); }
  /// When a lease was last taken or given back; the clock's epoch if never.
  [[nodiscard]] clock::time_point last_used() const {
    return clock::time_point{clock::duration{last_used_.load(std::memory_order_relaxed)}};
  }

 private:
  // Bit 63 open, 62 notify, 61 queued; 24 bits each of slotless leases and of slots.
  static constexpr std::uint64_t open_bit = std::uint64_t{1} << 63;
  static constexpr std::uint64_t notify_bit = std::uint64_t{1} << 62;
  static constexpr std::uint64_t queued_bit = std::uint64_t{1} << 61;
  static constexpr unsigned field_bits = 24;
  static constexpr std::uint64_t field = (std::uint64_t{1} << field_bits) - 1;

  static constexpr std::uint64_t unit(lease_kind kind) {
    return kind == lease_kind::slot ? 1 : std::uint64_t{1} << field_bits;
  }
  static constexpr std::uint32_t slots_in(std::uint64_t word) {
    return static_cast<std::uint32_t>(word & field);
  }
  static constexpr std::uint32_t leases_in(std::uint64_t word) {
    return slots_in(word) + static_cast<std::uint32_t>((word >> field_bits) & field);
  }
  [[nodiscard]] bool has_room(std::uint64_t word, lease_kind kind) const {
    return (word & open_bit) != 0 && (kind == lease_kind::slotless || slots_in(word) < capacity());
  }

  // Orders: whatever a lease holder did, its last_used included, is released by step_back and
  // acquired by the control thread when it reads the count. last_used itself may stay relaxed:
  // between running leases any recent value will do.
  void use_at(clock::time_point now) {
    last_used_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }

  // The notice of idleness is claimed only while the count is still zero. Whoever entered in
  // between takes it over: exactly one caller sees both the zero and the bit, and clears it. It
  // makes the control plane look at the queue as well. Room is told even while the gate is closed:
  // it may be opened before that slot's next use.
  gate_notice step_back(lease_kind kind) {
    auto word = word_.fetch_sub(unit(kind), std::memory_order_acq_rel) - unit(kind);
    while (leases_in(word) == 0 && (word & notify_bit) != 0)
      if (word_.compare_exchange_weak(word, word & ~notify_bit, std::memory_order_acq_rel,
                                      std::memory_order_acquire))
        return gate_notice::idle;
    const bool returned = kind == lease_kind::slot && slots_in(word) < capacity();
    return returned && (word & queued_bit) != 0 ? gate_notice::slot_free : gate_notice::none;
  }

  Atomic<std::uint64_t> word_{0};
  Atomic<clock::rep> last_used_{0};
  // Beside the protocol: a sign of life, and a bound that changes once in a while.
  mutable std::atomic<clock::rep> heard_{0};
  std::atomic<std::uint32_t> capacity_;
};

using gate = basic_gate<std::atomic>;

}  // namespace rolecall::residency
