#pragma once

#include <cerrno>
#include <string_view>

#include <unistd.h>

namespace rolecall::launcher {

/// Blocking, over interruptions and short writes. False: errno says why.
[[nodiscard]] inline bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace rolecall::launcher
