#include "tools/rolectl/fact_list.hpp"

#include "tools/rolectl/table.hpp"

#include <algorithm>

namespace rolecall::rolectl {

std::string wrapped(std::string_view text, std::size_t indent, const screen& on) {
  constexpr std::size_t usual_width = 80;
  const auto width = on.width > 0 ? static_cast<std::size_t>(on.width) : usual_width;
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto length = display_width(word);
    if (column > indent && column + 1 + length > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += length;
  }
  return result + '\n';
}

std::string fact_text(const std::vector<fact>& facts, const screen& on) {
  constexpr std::size_t gap = 2;
  std::size_t width = 0;
  for (const auto& [label, value] : facts) width = std::max(width, display_width(label) + gap);
  std::string text;
  for (const auto& [label, value] : facts) {
    text += painted(label, look::dim, on) + std::string(width - display_width(label), ' ');
    text += wrapped(value.empty() ? "unknown" : value, width, on);
  }
  return text;
}

std::string title_text(std::string_view title, const screen& on) {
  return "\n" + painted(title, look::bold, on) + "\n";
}

std::string point_text(std::string_view what, const screen& on) {
  return "- " + wrapped(what, 2, on);
}

}  // namespace rolecall::rolectl
