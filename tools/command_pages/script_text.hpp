#pragma once

#include <string>
#include <string_view>

namespace rolecall::command_pages {

/// Replaces every `mark` in `text`.
inline void put_in(std::string& text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

}  // namespace rolecall::command_pages
