#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace rolecall::launcher {

std::optional<std::string> read_text(const std::filesystem::path& file) {
  // Not through a streambuf's iterators: those throw when reading fails, as it does for a process
  // that ends in between.
  std::ifstream in(file);
  std::ostringstream copy;
  if (!in || !(copy << in.rdbuf()) || in.bad()) return std::nullopt;
  auto text = std::move(copy).str();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string_view field(std::string_view text, std::string_view key) noexcept {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n' && text[at - 1] != ' ') continue;
    text.remove_prefix(at + key.size());
    text = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text;
  }
  return {};
}

std::optional<registry::byte_count> leading_number(std::string_view text) noexcept {
  registry::byte_count number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return std::nullopt;
  return number;
}

std::optional<registry::byte_count> kibibytes(std::string_view text,
                                              std::string_view key) noexcept {
  const auto number = leading_number(field(text, key));
  return number ? std::optional(*number * 1024) : std::nullopt;
}

}  // namespace rolecall::launcher
