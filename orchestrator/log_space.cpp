#include "orchestrator/log_space.hpp"

#include "launcher/log_room.hpp"
#include "registry/quantities.hpp"

#include <chrono>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_interval{5};

}  // namespace

log_space::log_space(asio::any_io_executor control, std::filesystem::path log_dir,
                     std::function<std::vector<std::filesystem::path>()> logs,
                     metrics::catalogue& metrics)
    : control_(std::move(control)),
      log_dir_(std::move(log_dir)),
      logs_(std::move(logs)),
      dropped_("instance_log", metrics) {}

asio::awaitable<void> log_space::run() {
  asio::steady_timer pause(control_);
  for (;;) {
    const auto logs = logs_();
    // A disk that does not answer must not stop the loop.
    co_await asio::post(asio::system_executor{}, asio::use_awaitable);
    const auto room = launcher::keep_log_room(log_dir_, logs);
    co_await asio::post(control_, asio::use_awaitable);
    if (room.emptied > 0)
      dropped_.failed(log_dir_.string() + " has " + registry::format_bytes(room.free) +
                          " left, less than " + registry::format_bytes(room.least) +
                          ": logs of instances are emptied",
                      room.emptied);
    else if (!room.is_short())
      dropped_.succeeded();
    pause.expires_after(look_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace rolecall
