#include "tools/rolectl/top_mailbox.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace rolecall::rolectl {

top_mailbox::top_mailbox() : wakes_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wakes_ < 0) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
}

top_mailbox::~top_mailbox() { ::close(wakes_); }

void top_mailbox::post(top_event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  ::eventfd_write(wakes_, 1);
}

std::vector<top_event> top_mailbox::take() {
  const std::lock_guard lock(mutex_);
  ::eventfd_t count = 0;
  ::eventfd_read(wakes_, &count);
  return std::exchange(events_, {});
}

}  // namespace rolecall::rolectl
