#include "tests/bench/relay/answer_reader.hpp"

#include <charconv>
#include <stdexcept>

#include <strings.h>

namespace rolecall::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string_view> field_value(std::string_view head, std::string_view name) {
  for (auto at = head.find(line_end); at != std::string_view::npos;
       at = head.find(line_end, at + line_end.size())) {
    const auto line = head.substr(at + line_end.size());
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        ::strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    auto value = line.substr(name.size() + 1, line.find(line_end) - name.size() - 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return std::nullopt;
}

std::optional<message_head> parse_head(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const auto head = text.substr(0, end + line_end.size());
  message_head found;
  found.size = end + 2 * line_end.size();
  if (head.starts_with("HTTP/1.1 "))
    found.status = parse_number<unsigned>(head.substr(9, 3), 10).value_or(0);
  if (const auto length = field_value(head, "content-length"))
    found.content_length = parse_number<std::size_t>(*length, 10);
  found.is_chunked = field_value(head, "transfer-encoding") == "chunked";
  return found;
}

std::optional<std::string_view> chunk_reader::next() {
  const auto rest = std::string_view(buffer_).substr(at_);
  const auto size_end = rest.find(line_end);
  if (size_end == std::string_view::npos) return std::nullopt;
  const auto size = parse_number<std::size_t>(rest.substr(0, size_end), 16);
  if (!size) throw std::runtime_error("a stream's chunk has no size");
  const auto data = size_end + line_end.size();
  if (rest.size() < data + *size + line_end.size()) return std::nullopt;
  at_ += data + *size + line_end.size();
  return rest.substr(data, *size);
}

void chunk_reader::compact() {
  buffer_.erase(0, at_);
  at_ = 0;
}

}  // namespace rolecall::bench
