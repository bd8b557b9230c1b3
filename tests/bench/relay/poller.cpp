#include "tests/bench/relay/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace rolecall::bench {
namespace {

volatile std::sig_atomic_t stopped = 0;

void control(int epoll, int operation, int descriptor, std::uint32_t events, std::uint64_t key) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(epoll, operation, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor");
}

}  // namespace

poller::poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) throw std::system_error(errno, std::generic_category(), "no epoll");
}

void poller::add(int descriptor, std::uint32_t events, std::uint64_t key) {
  control(epoll_.number(), EPOLL_CTL_ADD, descriptor, events, key);
}

void poller::change(int descriptor, std::uint32_t events, std::uint64_t key) {
  control(epoll_.number(), EPOLL_CTL_MOD, descriptor, events, key);
}

std::span<const epoll_event> poller::wait(clock::time_point deadline) {
  throw_if_stopped();
  const auto left = std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - clock::now()).count(), 0);
  const timespec timeout{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_.number(), events_.data(),
                                   static_cast<int>(events_.size()), &timeout, nullptr);
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "cannot wait for events");
  throw_if_stopped();
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };  // no SA_RESTART: waits shall end
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void throw_if_stopped() {
  if (stopped != 0) throw std::runtime_error("stopped by a signal");
}

}  // namespace rolecall::bench
