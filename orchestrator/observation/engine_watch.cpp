#include "orchestrator/observation/engine_watch.hpp"

#include "orchestrator/observation/engine_question.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds phase_of(instance id, milliseconds period) noexcept {
  // Multiples of the golden ratio fall evenly for any number of them.
  constexpr double golden_ratio = 0.6180339887498949;
  double whole = 0;
  const double fraction = std::modf(golden_ratio * static_cast<double>(id), &whole);
  return milliseconds{
      static_cast<milliseconds::rep>(fraction * static_cast<double>(period.count()))};
}

engine_watch::engine_watch(asio::any_io_executor control, sample_listener on_sample,
                           failure_listener on_failure, question_times times)
    : control_(std::move(control)),
      on_sample_(std::move(on_sample)),
      on_failure_(std::move(on_failure)),
      times_(times) {}

void engine_watch::watch(instance id, std::uint16_t port) {
  forget(id);
  followed_.emplace(id, background_task(control_, follow(id, port)));
}

void engine_watch::forget(instance id) { followed_.erase(id); }

void engine_watch::stop() { followed_.clear(); }

asio::awaitable<void> engine_watch::follow(instance id, std::uint16_t port) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  // Behind each wait, as this may be gone by then.
  const auto ended = [&] { return cancellation.cancelled() != asio::cancellation_type::none; };
  asio::steady_timer timer(control_);
  auto due = steady_clock::now() + phase_of(id, times_.period);
  for (;;) {
    timer.expires_at(due);
    co_await timer.async_wait(asio::use_awaitable);
    if (ended()) co_return;
    const auto answer = co_await ask_engine(port, steady_clock::now() + times_.patience);
    if (ended()) co_return;
    if (answer)
      on_sample_(id, *answer, steady_clock::now());
    else
      on_failure_(id, answer.error());
    if (ended()) co_return;
    due = std::max(due + times_.period, steady_clock::now());
  }
}

}  // namespace rolecall::observation
