#include "tools/rolectl/sse_reader.hpp"

namespace rolecall::rolectl {

std::vector<sse_event> sse_reader::feed(std::string_view piece) {
  std::vector<sse_event> completed;
  for (const char c : piece) {
    const bool second_half = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\n' || c == '\r') {
      take_line(line_, completed);
      line_.clear();
    } else {
      line_ += c;
    }
  }
  return completed;
}

void sse_reader::take_line(std::string_view line, std::vector<sse_event>& completed) {
  if (line.empty()) {
    if (has_data_) completed.push_back({type_.empty() ? "message" : type_, data_});
    type_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") type_ = value;
  if (name != "data") return;
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

}  // namespace rolecall::rolectl
