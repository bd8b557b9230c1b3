#include "tools/rolectl/interruption.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rolecall::rolectl {
namespace {

static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<int> noted_at{-1};  // what the handler writes to

extern "C" void note_interruption(int) {
  const int saved = errno;
  const std::uint64_t once = 1;
  // Nothing can be done about a failure here, and an eventfd that holds 0 takes it.
  [[maybe_unused]] const auto written = ::write(noted_at.load(), &once, sizeof once);
  errno = saved;
}

}  // namespace

interruption::interruption() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  noted_at = descriptor_;
  struct sigaction before {};
  ::sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = note_interruption;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
}

interruption::~interruption() {
  struct sigaction now {};
  ::sigaction(SIGINT, nullptr, &now);
  if (now.sa_handler == note_interruption) std::signal(SIGINT, SIG_DFL);
  noted_at = -1;
  ::close(descriptor_);
}

bool interruption::came() const noexcept {
  pollfd noted{descriptor_, POLLIN, 0};
  return ::poll(&noted, 1, 0) == 1;
}

}  // namespace rolecall::rolectl
