#pragma once

#include "orchestrator/proxy/header_fields.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <boost/beast/core/string.hpp>

namespace rolecall::test {

[[nodiscard]] inline bool same_fields(const proxy::header_fields& a,
                                      const proxy::header_fields& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].value != b[i].value) return false;
  return true;
}

[[nodiscard]] inline std::size_t count_fields(const proxy::header_fields& fields,
                                              std::string_view name) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < fields.size(); ++i)
    count += boost::beast::iequals(fields[i].name, name) ? 1 : 0;
  return count;
}

/// What is wrong with a header about to be sent: lines that a peer could end elsewhere. Empty:
/// nothing.
[[nodiscard]] inline std::string broken_head(std::string_view head) {
  if (!head.ends_with("\r\n\r\n")) return "the head does not end";
  for (auto rest = head.substr(0, head.size() - 2); !rest.empty();) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    if (line.empty()) return "an empty line inside the head";
    if (line.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
      return "a line of the head has a line end or NUL inside";
    if (line.front() == ' ' || line.front() == '\t') return "a folded line";
    rest.remove_prefix(end + 2);
  }
  return {};
}

}  // namespace rolecall::test
