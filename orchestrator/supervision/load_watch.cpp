#include "orchestrator/supervision/load_watch.hpp"

#include "orchestrator/log/log_line.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr auto shortest_gap = 2ms;
constexpr auto longest_gap = 100ms;
// A loading server answers 503 at once, however busy the host is.
constexpr auto probe_deadline = 2s;

}  // namespace

std::chrono::milliseconds probe_gap(steady_clock::duration silence) {
  const auto quarter = std::chrono::duration_cast<std::chrono::milliseconds>(silence) / 4;
  return std::clamp<std::chrono::milliseconds>(quarter, shortest_gap, longest_gap);
}

load_watch::load_watch(asio::any_io_executor executor, std::chrono::seconds ready_stall,
                       load_phases& phases, std::function<void()> on_read)
    : executor_(std::move(executor)),
      ready_stall_(ready_stall),
      phases_(phases),
      on_read_(std::move(on_read)),
      stall_(ready_stall, {}),
      reading_(ready_stall, {}) {}

void load_watch::begin(probe_target target, const std::filesystem::path& log,
                       std::uintmax_t offset) {
  target_ = std::move(target);
  log_ = log;
  words_.begin(log, offset);
  last_line_ = steady_clock::now();
  stall_ = stall_watch(ready_stall_, last_line_);
  reading_ = stall_;
  has_read_ = false;
  watch_present_log();
}

void load_watch::watch_present_log() {
  struct stat present {};
  if (::stat(log_.c_str(), &present) != 0 || (log_watch_ && present.st_ino == watched_file_))
    return;
  auto opened = launcher::log_watch::open(executor_, log_);
  if (!opened) return;
  log_watch_ = std::move(*opened);
  watched_file_ = present.st_ino;
}

asio::awaitable<event> load_watch::async_outcome() {
  for (;;) {
    const auto seen = co_await probe_readiness(target_, steady_clock::now() + probe_deadline);
    log_line(priority::debug, "readiness_probe", component::supervision)
        .with("port", target_.port)
        .with("pid", target_.pid)
        .with("answer", to_string(seen.what));
    const bool is_stalled = look_for_stall();  // one that is ready is looked at a last time
    switch (seen.what) {
      case readiness::kind::ready:
        co_return became_ready{seen.served};
      case readiness::kind::stranger:
        co_return port_stolen{seen.owner};
      case readiness::kind::not_yet:
        break;
    }
    if (is_stalled) co_return load_stalled{};
    co_await pause();
  }
}

bool load_watch::look_for_stall() {
  const auto process = launcher::read_progress(target_.pid);
  if (!process) return false;  // gone: its exit will be told
  const auto now = steady_clock::now();
  words_.look();
  phases_.looked(*process, words_.phase(), now);
  if (!has_read_ && reading_.is_stalled(reading_of(*process), now)) {
    has_read_ = true;
    on_read_();
  }
  return stall_.is_stalled({words_.size(), *process}, now);
}

// A child that talks all the time is probed every shortest_gap; one that falls silent less and less
// often, and again at its next line.
asio::awaitable<void> load_watch::pause() {
  asio::steady_timer timer(executor_, shortest_gap);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto rest = probe_gap(steady_clock::now() - last_line_) - shortest_gap;
  if (rest <= 0ms) co_return;
  timer.expires_after(rest);
  if (!log_watch_) {
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return;
  }
  // The exceptions that come back are the loser's cancellation.
  co_await asio::experimental::make_parallel_group(
      asio::co_spawn(executor_, log_written(), asio::deferred), timer.async_wait(asio::deferred))
      .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
}

asio::awaitable<void> load_watch::log_written() {
  const auto ec = co_await log_watch_->async_changed();
  if (ec == asio::error::operation_aborted) co_return;
  if (ec)
    log_watch_.reset();
  else
    last_line_ = steady_clock::now();
}

}  // namespace rolecall::supervision
