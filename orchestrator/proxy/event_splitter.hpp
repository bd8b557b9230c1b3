#pragma once

#include <string>
#include <string_view>

namespace rolecall::proxy {

/// Cuts a stream of server-sent events into the events' texts, whatever the pieces it comes in.
/// Comments and fields other than `data` are left out.
class event_splitter {
 public:
  /// Takes the next piece; `handle(std::string_view)` is called with the text of each event that is
  /// complete now.
  template <class Handler>
  void feed(std::string_view piece, Handler&& handle) {
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      line_.append(piece.substr(0, end));
      if (end == std::string_view::npos) return;
      piece.remove_prefix(end + 1);
      if (take_line()) {
        handle(std::string_view{text_});
        text_.clear();
      }
    }
  }

 private:
  // True: an event is complete.
  bool take_line();

  std::string line_;  // begun
  std::string text_;  // of the event so far
};

}  // namespace rolecall::proxy
