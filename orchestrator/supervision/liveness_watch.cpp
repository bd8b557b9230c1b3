#include "orchestrator/supervision/liveness_watch.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/supervision/readiness_probe.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;

liveness_watch::liveness_watch(asio::any_io_executor executor, const residency::gate& gate)
    : executor_(std::move(executor)), gate_(gate), judge_({}) {}

void liveness_watch::begin(std::uint16_t port, int pid) {
  port_ = port;
  pid_ = pid;
  last_look_ = steady_clock::now();
  judge_ =
      liveness(last_look_, launcher::read_progress(pid).value_or(launcher::process_progress{}));
}

asio::awaitable<wedged> liveness_watch::async_wedged(std::chrono::seconds limit) {
  const auto gap = look_gap(limit);
  asio::steady_timer timer(executor_);
  for (;;) {
    timer.expires_at(last_look_ + gap);
    co_await timer.async_wait(asio::use_awaitable);
    const auto signs = co_await look(gap);
    last_look_ = steady_clock::now();
    if (const auto evidence = judge_.look(signs, limit, last_look_)) co_return wedged{*evidence};
  }
}

// The process is looked at before it is asked: answering is no work.
asio::awaitable<vital_signs> liveness_watch::look(std::chrono::milliseconds patience) const {
  vital_signs signs{.last_byte = gate_.last_heard()};
  const auto process = launcher::read_progress(pid_);
  if (!process) co_return signs;  // gone: its exit will be told
  signs.process = *process;
  const auto now = steady_clock::now();
  const bool works_in_vain = gate_.leases() > 0 && !judge_.has_worked(signs, now);
  const bool is_answered = co_await answers(port_, "/health", now + patience);
  log_line(priority::debug, "liveness_probe", component::supervision)
      .with("port", port_)
      .with("answer", is_answered ? "yes" : "no");
  if (!is_answered)
    signs.unanswered = "/health";
  else if (works_in_vain && !co_await answers(port_, "/slots", steady_clock::now() + patience))
    signs.unanswered = "/slots";
  co_return signs;
}

}  // namespace rolecall::supervision
