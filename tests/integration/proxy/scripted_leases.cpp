#include "tests/integration/proxy/scripted_leases.hpp"

#include <chrono>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::test {

namespace asio = boost::asio;

asio::awaitable<scripted_leases::answer> scripted_leases::acquire(proxy::lease_wish wish) {
  const auto waiter = std::make_shared<channel>(co_await asio::this_coro::executor, 1);
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(waiter);
    last_wish_ = wish;
    changed_.notify_all();
  }
  auto received = co_await waiter->async_receive(asio::as_tuple(asio::use_awaitable));
  if (const auto ec = std::get<0>(received)) {
    const std::lock_guard lock(mutex_);
    std::erase(waiters_, waiter);
    ++withdrawn_;
    changed_.notify_all();
    throw boost::system::system_error(ec);
  }
  co_return std::move(*std::get<1>(received));
}

void scripted_leases::instance_idle(residency::instance_id) {
  const std::lock_guard lock(mutex_);
  ++idle_notices_;
  changed_.notify_all();
}

void scripted_leases::slot_freed(residency::instance_id) {}

template <typename Condition>
void scripted_leases::wait_until(Condition condition, const char* what) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds{30}, condition))
    throw std::runtime_error(std::string{"nothing happened for 30 s: "} + what);
}

void scripted_leases::wait_for_waiters(std::size_t count) {
  wait_until([&] { return waiters_.size() >= count; }, "no request waits for a lease");
}

proxy::lease_wish scripted_leases::last_wish() {
  const std::lock_guard lock(mutex_);
  return last_wish_;
}

void scripted_leases::wait_for_withdrawals(std::size_t count) {
  wait_until([&] { return withdrawn_ >= count; }, "no request was withdrawn");
}

proxy::lease scripted_leases::enter(proxy::upstream& target) {
  target.gate.open();
  if (!target.gate.enter_granted(residency::lease_kind::slot, std::chrono::steady_clock::now()))
    throw std::logic_error("a gate that was just opened is closed");
  return proxy::lease{target};
}

void scripted_leases::grant(proxy::upstream& target) { answer_oldest(enter(target)); }

void scripted_leases::grant_and_close(proxy::upstream& target) {
  auto held = enter(target);
  target.gate.close();
  answer_oldest(std::move(held));
}

void scripted_leases::refuse(proxy::refusal why) { answer_oldest(std::move(why)); }

void scripted_leases::answer_oldest(answer given) {
  wait_for_waiters(1);
  std::shared_ptr<channel> waiter;
  {
    const std::lock_guard lock(mutex_);
    waiter = waiters_.front();
    waiters_.pop_front();
  }
  waiter->try_send(boost::system::error_code{}, std::make_shared<answer>(std::move(given)));
}

void scripted_leases::wait_until_idle(proxy::upstream& target) {
  std::size_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = idle_notices_;
  }
  if (target.gate.notify_when_idle())
    wait_until([&] { return idle_notices_ > before; }, "a lease is not given back");
}

}  // namespace rolecall::test
