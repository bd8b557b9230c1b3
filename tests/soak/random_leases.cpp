#include "tests/soak/random_leases.hpp"

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::test {

namespace asio = boost::asio;

random_leases::random_leases(std::vector<proxy::upstream*> gates, std::uint64_t seed,
                             findings& seen)
    : gates_(std::move(gates)), random_(seed), findings_(seen) {}

random_leases::~random_leases() {
  stopping_ = true;
  if (control_.joinable()) control_.join();
}

void random_leases::start() {
  control_ = std::thread([this] { control(); });
}

asio::awaitable<random_leases::answer> random_leases::acquire(proxy::lease_wish wish) {
  const auto to = std::make_shared<channel>(co_await asio::this_coro::executor, 1);
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back({to, wish});
  }
  auto received = co_await to->async_receive(asio::as_tuple(asio::use_awaitable));
  if (const auto ec = std::get<0>(received)) {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [&](const waiter& each) { return each.to == to; });
    throw boost::system::system_error(ec);
  }
  co_return std::move(*std::get<1>(received));
}

std::size_t random_leases::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size();
}

void random_leases::control() {
  while (!stopping_) {
    move_a_gate();
    answer_waiters();
    std::this_thread::sleep_for(
        std::chrono::microseconds{std::uniform_int_distribution<int>(500, 10'000)(random_)});
  }
}

void random_leases::move_a_gate() {
  auto& gate = gates_[random_() % gates_.size()]->gate;
  switch (random_() % 8) {
    case 0:
      gate.close();
      break;
    case 1:
      static_cast<void>(gate.close_if_idle());
      break;
    case 2:
      static_cast<void>(gate.announce_queue());
      break;
    case 3:
      static_cast<void>(gate.notify_when_idle());
      break;
    case 4:
    case 5:
      gate.dissolve_queue();
      break;
    default:
      gate.open();
  }
}

void random_leases::answer_waiters() {
  const std::lock_guard lock(mutex_);
  for (auto each = waiters_.begin(); each != waiters_.end();) {
    auto given = decide(each->wish);
    if (!given) {
      ++each;
      continue;
    }
    each->to->try_send(boost::system::error_code{}, std::move(given));
    each = waiters_.erase(each);
  }
}

// nullptr: it goes on waiting.
std::shared_ptr<random_leases::answer> random_leases::decide(const proxy::lease_wish& wish) {
  constexpr unsigned one_in_refused = 40;
  if (random_() % one_in_refused == 0) {
    ++findings_.refusals;
    return std::make_shared<answer>(proxy::refusal{.code = proxy::refusal_code::queue_full,
                                                   .message = "refused at random",
                                                   .retry_after = std::chrono::seconds{1}});
  }
  auto& target = *wish.role->upstreams[random_() % wish.role->upstreams.size()];
  target.gate.open();
  if (!target.gate.enter_granted(wish.kind, std::chrono::steady_clock::now())) return nullptr;
  return std::make_shared<answer>(proxy::lease{target, wish.kind});
}

}  // namespace rolecall::test
