#include "orchestrator/proxy/event_splitter.hpp"

namespace rolecall::proxy {

bool event_splitter::take_line() {
  constexpr std::string_view data = "data:";
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool complete = line.empty() && !text_.empty();
  if (line.starts_with(data)) {
    line.remove_prefix(data.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (!text_.empty()) text_.push_back('\n');
    text_.append(line);
  }
  line_.clear();
  return complete;
}

}  // namespace rolecall::proxy
