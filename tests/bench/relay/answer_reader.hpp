#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::bench {

/// The head of an HTTP/1.1 message, as far as this program needs it.
struct message_head {
  std::size_t size = 0;  ///< of the head, with the empty line
  unsigned status = 0;   ///< of an answer; 0 in a request
  std::optional<std::size_t> content_length;
  bool is_chunked = false;
};

/// None while the empty line has not come.
[[nodiscard]] std::optional<message_head> parse_head(std::string_view text);

/// A field's value, or nothing; `name` in lower case. Names compare without case.
[[nodiscard]] std::optional<std::string_view> field_value(std::string_view head,
                                                          std::string_view name);

/// Takes a chunked body's chunks out of what has been read, as it comes in.
class chunk_reader {
 public:
  /// What was read, to be followed by next() until that gives nothing.
  void append(std::string_view piece) { buffer_.append(piece); }

  /// The next complete chunk's data: valid until append(). An empty one is the last. Throws
  /// std::runtime_error when this is no chunked body.
  [[nodiscard]] std::optional<std::string_view> next();

  /// Forgets the chunks that next() gave. Call after the last next() of an append().
  void compact();

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace rolecall::bench
