#include "orchestrator/proxy/frame_stock.hpp"

#include <array>

namespace rolecall::proxy {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// Every block of its own: a frame that is used after its end shall be seen.
void* frame_stock::take(std::size_t size) { return ::operator new(size); }
void frame_stock::give_back(void* block, std::size_t size) noexcept {
  ::operator delete(block, size);
}
void frame_stock::clear() noexcept {}

#else

namespace {

struct free_block {
  free_block* next;
};

struct pile {
  free_block* top = nullptr;
  unsigned count = 0;
};

// Trivial, so that reaching it costs nothing.
constinit thread_local std::array<pile, frame_stock::largest / frame_stock::step> piles{};

}  // namespace

void* frame_stock::take(std::size_t size) {
  const auto index = (size - 1) / step;
  if (index >= piles.size()) return ::operator new(size);
  auto& from = piles[index];
  if (from.top == nullptr) return ::operator new((index + 1) * step);
  auto* const block = from.top;
  from.top = block->next;
  --from.count;
  return block;
}

void frame_stock::give_back(void* block, std::size_t size) noexcept {
  const auto index = (size - 1) / step;
  if (index >= piles.size() || piles[index].count == most_kept) {
    ::operator delete(block);
    return;
  }
  auto& to = piles[index];
  to.top = ::new (block) free_block{to.top};
  ++to.count;
}

void frame_stock::clear() noexcept {
  for (auto& each : piles) {
    while (each.top != nullptr) {
      auto* const block = each.top;
      each.top = block->next;
      ::operator delete(block);
    }
    each.count = 0;
  }
}

#endif

}  // namespace rolecall::proxy
