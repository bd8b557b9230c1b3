#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rolecall {

/// syslog priorities, as systemd reads them from a line's prefix.
enum class priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

/// One line of the daemon's log: `event key=value …` on stderr, written by the destructor. The
/// priority prefix `<6>` is left out on a terminal. Values with blanks are quoted. Never given a
/// prompt, a body or a key.
class log_line {
 public:
  log_line(priority level, std::string_view event);
  ~log_line();
  log_line(const log_line&) = delete;
  log_line& operator=(const log_line&) = delete;

  /// Empty values are left out.
  log_line& with(std::string_view key, std::string_view value);
  log_line& with(std::string_view key, std::int64_t value);

  /// What will be written, without the line's end.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace rolecall
