#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::rolectl {

/// A key that was pressed: a character, or one that has a name.
struct key {
  enum class name { character, up, down, page_up, page_down, home, end, enter, escape };
  name what = name::character;
  char character = 0;  ///< ASCII, control characters included; of name::character

  bool operator==(const key&) const = default;
};

inline constexpr char control_c = 0x03;
inline constexpr char control_l = 0x0C;
inline constexpr char control_z = 0x1A;

/// Makes keys of the bytes that a terminal in raw mode sends (ECMA-48 control sequences, as xterm,
/// the Linux console and tmux send them). What it does not know is dropped whole.
class key_reader {
 public:
  /// The keys that `bytes` complete.
  [[nodiscard]] std::vector<key> feed(std::string_view bytes);

  /// Whether bytes wait that may be the beginning of a sequence, or the escape key.
  [[nodiscard]] bool waits() const noexcept { return !pending_.empty(); }
  /// Nothing followed within the time that a sequence takes: they were the escape key.
  [[nodiscard]] std::vector<key> flush();

 private:
  std::string pending_;
};

}  // namespace rolecall::rolectl
