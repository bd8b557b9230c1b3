#include "tools/rolectl/terminal_mode.hpp"

#include "tools/rolectl/screen.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <unistd.h>

namespace rolecall::rolectl {

terminal_mode::terminal_mode() {
  if (::tcgetattr(STDIN_FILENO, &before_) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot read the terminal's settings");
  enter();
}

terminal_mode::~terminal_mode() { leave(); }

void terminal_mode::enter() const noexcept {
  auto raw = before_;
  raw.c_lflag &= ~static_cast<::tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  // Ctrl-S would stop the picture, and Return is a key of its own.
  raw.c_iflag &= ~static_cast<::tcflag_t>(IXON | ICRNL);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  (void)write_all(STDOUT_FILENO, "\033[?1049h\033[?25l\033[2J");
}

void terminal_mode::leave() const noexcept {
  (void)write_all(STDOUT_FILENO, "\033[0m\033[?25h\033[?1049l");
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

void terminal_mode::suspend() {
  leave();
  ::raise(SIGSTOP);
  enter();
}

}  // namespace rolecall::rolectl
