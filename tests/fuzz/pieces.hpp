#pragma once

#include "orchestrator/proxy/leading_hash.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::test {

/// Cuts bytes at places that follow from them, so that a fuzzer finds other cuts by other bytes.
/// Each piece has memory of its own: reading beyond it is seen.
[[nodiscard]] inline std::vector<std::vector<char>> pieces_of(std::string_view bytes) {
  proxy::leading_hash hash;
  hash.update(bytes);
  std::minstd_rand random(static_cast<std::minstd_rand::result_type>(hash.value()));
  std::vector<std::vector<char>> pieces;
  while (!bytes.empty()) {
    const auto size = std::min<std::size_t>(bytes.size(), 1 + random() % 23);
    pieces.emplace_back(bytes.data(), bytes.data() + size);
    bytes.remove_prefix(size);
  }
  return pieces;
}

}  // namespace rolecall::test
