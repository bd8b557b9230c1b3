#include "orchestrator/observation/heartbeat.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

steady_clock::rep count(steady_clock::time_point time) noexcept {
  return time.time_since_epoch().count();
}

}  // namespace

heartbeat::heartbeat(asio::any_io_executor loop, listener on_beat, duration period)
    : on_beat_(std::move(on_beat)),
      period_(period),
      timer_(std::move(loop)),
      last_beat_(count(steady_clock::now())) {}

void heartbeat::start() {
  last_beat_ = count(steady_clock::now());
  asio::post(timer_.get_executor(), [this] { await(steady_clock::now() + period_); });
}

void heartbeat::stop() {
  asio::post(timer_.get_executor(), [this] {
    stopped_ = true;
    timer_.cancel();
  });
}

void heartbeat::await(time_point due) {
  if (stopped_) return;
  timer_.expires_at(due);
  timer_.async_wait([this, due](const boost::system::error_code& failed) {
    if (!failed) beat(due);
  });
}

void heartbeat::beat(time_point due) {
  if (stopped_) return;  // its timer had run out already
  const auto now = steady_clock::now();
  last_beat_ = count(now);
  on_beat_(std::max(now - due, duration::zero()));
  await(now + period_);
}

heartbeat::time_point heartbeat::last_beat() const noexcept {
  return time_point{duration{last_beat_.load()}};
}

}  // namespace rolecall::observation
