#pragma once

#include "orchestrator/proxy/body_scan.hpp"

#include <algorithm>

namespace rolecall::proxy::test {

/// Scans `body` in pieces of `step` bytes.
[[nodiscard]] inline scanned_body scan(std::string_view body,
                                       std::size_t step = std::string_view::npos) {
  body_scan scanned;
  while (!body.empty()) {
    scanned.feed(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
  }
  return scanned.finish();
}

}  // namespace rolecall::proxy::test
