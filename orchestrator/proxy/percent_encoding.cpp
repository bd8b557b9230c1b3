#include "orchestrator/proxy/percent_encoding.hpp"

#include <charconv>

namespace rolecall::proxy {

std::optional<std::string> percent_decode(std::string_view segment) {
  constexpr std::size_t escape_size = 3;
  std::string text;
  text.reserve(segment.size());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      text.push_back(segment[i]);
      continue;
    }
    if (segment.size() - i < escape_size) return std::nullopt;
    unsigned char byte = 0;
    const char* const digits = segment.data() + i + 1;
    const auto [end, failure] = std::from_chars(digits, digits + 2, byte, 16);
    if (failure != std::errc{} || end != digits + 2) return std::nullopt;
    text.push_back(static_cast<char>(byte));
    i += escape_size - 1;
  }
  return text;
}

}  // namespace rolecall::proxy
