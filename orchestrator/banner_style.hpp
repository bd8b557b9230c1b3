#pragma once

#include <string>
#include <string_view>

namespace rolecall {

/// What the reader of the start-up text can show.
struct banner_style {
  bool colour = false;
  bool marks = false;  ///< ✔, ✘ and ⚠ in front of what is good, bad or doubtful

  bool operator==(const banner_style&) const = default;
};

/// What of the environment decides; empty: not set.
struct terminal_environment {
  std::string_view no_color;  ///< NO_COLOR (https://no-color.org)
  std::string_view term;      ///< TERM
  std::string_view locale;    ///< of LC_ALL, LC_CTYPE and LANG the first that is set
};

/// Pure. Plain text for everything but a terminal that is not dumb, and with NO_COLOR; marks only
/// where UTF-8 is spoken.
[[nodiscard]] banner_style style_for(bool is_terminal, const terminal_environment& environment);
/// Of what `descriptor` leads to. Reads the environment.
[[nodiscard]] banner_style style_of(int descriptor);

enum class tone { plain, good, doubtful, bad };

/// Lines of "  label     value", composed in memory.
class banner_lines {
 public:
  explicit banner_lines(banner_style style) : style_(style) {}

  /// In bold, from the left edge.
  banner_lines& heading(std::string_view text);
  /// `label` up to 9 bytes. Control characters of values are left out.
  banner_lines& line(std::string_view label, std::string_view value, tone how = tone::plain);
  /// Under the line before it. `before`: what stands there in any tone, such as a name.
  banner_lines& detail(std::string_view value, tone how = tone::plain,
                       std::string_view before = {});

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void append(std::string_view value, tone how);

  banner_style style_;
  std::string text_;
};

}  // namespace rolecall
