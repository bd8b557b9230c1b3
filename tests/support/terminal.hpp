#pragma once

#include "tests/support/vt_screen.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <termios.h>

namespace rolecall::test {

struct terminal_size {
  unsigned short columns = 80;
  unsigned short rows = 24;
};

/// A program that runs on a terminal of its own (a pseudo-terminal) in a session of its own, with
/// what it shows. Killed by the destructor if it still runs.
class terminal {
 public:
  /// `environment`: "NAME=value" entries before ours; TERM is xterm-256color, the locale C.UTF-8
  /// and NO_COLOR unset unless it says otherwise.
  explicit terminal(const std::vector<std::string>& argv, terminal_size size = {},
                    const std::vector<std::string>& environment = {});
  ~terminal();
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// As if these keys were pressed.
  void type(std::string_view keys) const;
  void resize(terminal_size size);
  void signal(int number) const;

  /// Reads what the program writes until the screen is as wanted. Throws after 30 seconds, or when
  /// the program has ended before, with what the screen shows.
  const vt_screen& wait_until(const std::function<bool(const vt_screen&)>& wanted);
  const vt_screen& wait_for(std::string_view text);
  /// Reads for this long, whatever it shows.
  void watch_for(double seconds);

  /// Reads until the program has ended: its exit code, or 128 + n after signal n. Throws after 30
  /// seconds.
  int wait_for_end();
  /// Until it has been stopped by a signal, as Ctrl-Z does; the destructor may find it so.
  void wait_for_stop();

  [[nodiscard]] const vt_screen& screen() const noexcept { return screen_; }
  /// Everything it wrote.
  [[nodiscard]] const std::string& output() const noexcept { return output_; }
  /// Whether the terminal's settings are those that the program found.
  [[nodiscard]] bool has_settings_of_start() const;

 private:
  void read_some(int milliseconds);
  void read_rest();
  bool has_ended();

  pid_t pid_ = 0;
  int master_ = -1;
  int held_ = -1;  // keeps the settings from being reset when the program ends
  int code_ = -1;  // once it has ended
  ::termios start_{};
  vt_screen screen_;
  std::string output_;
};

}  // namespace rolecall::test
