#include "tools/rolectl/signal_inbox.hpp"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace rolecall::rolectl {

signal_inbox::signal_inbox(std::initializer_list<int> signals) {
  ::sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a signalfd");
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

signal_inbox::~signal_inbox() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  ::close(descriptor_);
}

int signal_inbox::take() noexcept {
  ::signalfd_siginfo received{};
  const auto length = ::read(descriptor_, &received, sizeof received);
  return length == sizeof received ? static_cast<int>(received.ssi_signo) : 0;
}

bool signal_inbox::came_before(std::chrono::steady_clock::time_point deadline) noexcept {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    ::pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) > 0 && take() != 0) return true;
  }
}

}  // namespace rolecall::rolectl
