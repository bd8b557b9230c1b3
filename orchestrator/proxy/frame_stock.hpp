#pragma once

#include <cstddef>
#include <new>

namespace rolecall::proxy {

/// Memory for the frames of coroutines and for waits, which come and go a dozen times in a request:
/// blocks that were given back on this thread, by size. What a thread keeps is bounded; the rest,
/// and whatever is larger than `largest`, comes from the heap.
class frame_stock {
 public:
  static constexpr std::size_t step = 64;
  static constexpr std::size_t largest = 4096;
  static constexpr unsigned most_kept = 512;  ///< of each size

  [[nodiscard]] static void* take(std::size_t size);
  /// `size`: as it was taken.
  static void give_back(void* block, std::size_t size) noexcept;
  /// Before the thread ends.
  static void clear() noexcept;
};

/// For handlers that are associated with an allocator.
template <typename Value>
struct stock_allocator {
  using value_type = Value;

  stock_allocator() = default;
  template <typename Other>
  stock_allocator(const stock_allocator<Other>& /*same*/) noexcept {}  // NOLINT: converts

  [[nodiscard]] Value* allocate(std::size_t count) {
    static_assert(alignof(Value) <= alignof(std::max_align_t));
    return static_cast<Value*>(frame_stock::take(count * sizeof(Value)));
  }
  void deallocate(Value* block, std::size_t count) noexcept {
    frame_stock::give_back(block, count * sizeof(Value));
  }
  bool operator==(const stock_allocator&) const = default;
};

}  // namespace rolecall::proxy
