#pragma once

#include <cstddef>

namespace rolecall::test {

/// What this process holds of the kernel's, from /proc.
struct process_figures {
  std::size_t resident = 0;     ///< bytes, after what is free in the heap was given back
  std::size_t descriptors = 0;  ///< open

  [[nodiscard]] static process_figures now();
};

}  // namespace rolecall::test
