#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// The first and the last bytes of an answer's body, which is not kept otherwise: llama-server
/// tells there how many tokens it was. Used for one answer after another, so that only the first
/// one of a connection allocates.
class answer_ends {
 public:
  /// `usage` of an embedding, or of Anthropic's first event, ends within 400 or so.
  static constexpr std::size_t head_bytes = 512;
  /// `timings`, and what comes behind it, take 400.
  static constexpr std::size_t tail_bytes = 768;

  void clear() noexcept;
  /// The next bytes of the body.
  void add(std::string_view piece);

  [[nodiscard]] std::string_view head() const noexcept {
    return is_long_ ? std::string_view{head_} : std::string_view{tail_}.substr(0, head_bytes);
  }
  /// May overlap with head().
  [[nodiscard]] std::string_view tail() const noexcept {
    return std::string_view{tail_}.substr(tail_.size() - std::min(tail_.size(), tail_bytes));
  }

 private:
  void keep_head(std::string_view piece);

  std::string tail_;      // twice tail_bytes at most
  std::string head_;      // when the tail does not begin with it
  bool is_long_ = false;  // so it is
};

}  // namespace rolecall::proxy
