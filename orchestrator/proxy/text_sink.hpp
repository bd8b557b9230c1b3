#pragma once

#include <string>

namespace rolecall::proxy {

/// RapidJSON's output stream that appends to a string, so that what is written need not be copied.
struct text_sink {
  using Ch = char;
  std::string& text;

  void Put(char c) { text.push_back(c); }
  void Flush() {}
};

}  // namespace rolecall::proxy
