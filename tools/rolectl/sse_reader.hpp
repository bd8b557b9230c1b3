#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::rolectl {

/// One of a stream of server-sent events, as the WHATWG's HTML standard (section 9.2.6) reads them.
struct sse_event {
  std::string type;  ///< "message" unless the stream says otherwise
  std::string data;  ///< lines joined by newlines

  bool operator==(const sse_event&) const = default;
};

/// Puts pieces of any size together. An event without data is dropped, as are comments.
class sse_reader {
 public:
  /// The events that `piece` completes.
  [[nodiscard]] std::vector<sse_event> feed(std::string_view piece);

 private:
  void take_line(std::string_view line, std::vector<sse_event>& completed);

  std::string line_;       // without its end so far
  bool after_cr_ = false;  // a '\n' now belongs to the line that ended
  std::string type_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace rolecall::rolectl
