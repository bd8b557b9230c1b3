#pragma once

#include <termios.h>

namespace rolecall::rolectl {

/// The terminal on stdin and stdout for one program alone, until the destructor: its other screen
/// without a cursor, and keys as they are pressed, Ctrl-C and Ctrl-Z among them.
class terminal_mode {
 public:
  /// Throws std::system_error when stdin is no terminal.
  terminal_mode();
  ~terminal_mode();
  terminal_mode(const terminal_mode&) = delete;
  terminal_mode& operator=(const terminal_mode&) = delete;

  /// Gives the terminal back, stops the process as Ctrl-Z does, and takes it again when the shell
  /// continues us.
  void suspend();
  /// Takes it again: somebody else may have changed it while the process was stopped.
  void enter() const noexcept;

 private:
  void leave() const noexcept;

  ::termios before_{};
};

}  // namespace rolecall::rolectl
