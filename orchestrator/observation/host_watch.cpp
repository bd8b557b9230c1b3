#include "orchestrator/observation/host_watch.hpp"

#include "orchestrator/uncancelled.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;

namespace {

using reading = std::pair<metrics::host_sample, metrics::daemon_usage>;

// Its frame lives on the pool: parameters of its own.
asio::awaitable<reading> read_all(std::filesystem::path root, watched_folders folders) {
  co_return reading{read_host(root, folders), read_daemon()};
}

}  // namespace

host_watch::host_watch(asio::any_io_executor control, asio::any_io_executor pool,
                       std::filesystem::path root, watched_folders folders, listener on_sample,
                       std::chrono::milliseconds period)
    : control_(std::move(control)),
      pool_(std::move(pool)),
      root_(std::move(root)),
      folders_(std::move(folders)),
      on_sample_(std::move(on_sample)),
      period_(period) {}

void host_watch::start() { task_.emplace(control_, watch()); }

void host_watch::stop() { task_.reset(); }

asio::awaitable<void> host_watch::watch() {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  // Behind each wait and whoever was told, as this may be gone by then.
  const auto ended = [&] { return cancellation.cancelled() != asio::cancellation_type::none; };
  asio::steady_timer timer(control_);
  for (;;) {
    const auto found = co_await asio::co_spawn(pool_, read_all(root_, folders_), uncancelled());
    if (ended()) co_return;
    on_sample_(found.first, found.second);
    if (ended()) co_return;
    timer.expires_after(period_);
    co_await timer.async_wait(asio::use_awaitable);
    if (ended()) co_return;
  }
}

}  // namespace rolecall::observation
