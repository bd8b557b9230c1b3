#include "orchestrator/log_space.hpp"

#include "orchestrator/uncancelled.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_interval{5};

// Parameters of its own instead of a capturing lambda: its frame lives on the pool.
asio::awaitable<launcher::log_room> look_once(const log_space::look& keep_room,
                                              std::filesystem::path log_dir,
                                              std::vector<std::filesystem::path> logs) {
  co_return keep_room(log_dir, logs);
}

std::string shortage(const std::filesystem::path& log_dir, const launcher::log_room& room) {
  if (!room.takes_files)
    return log_dir.string() + " takes no new file: read-only, or no inode left";
  return log_dir.string() + " has " + registry::format_bytes(room.free) + " left, less than " +
         registry::format_bytes(room.least) + ": logs of instances are emptied";
}

}  // namespace

log_space::log_space(asio::any_io_executor control, std::filesystem::path log_dir,
                     std::function<std::vector<std::filesystem::path>()> logs,
                     metrics::catalogue& metrics, look keep_room)
    : control_(std::move(control)),
      log_dir_(std::move(log_dir)),
      logs_(std::move(logs)),
      dropped_("instance_log", metrics),
      keep_room_(std::move(keep_room)) {}

asio::awaitable<void> log_space::run() {
  asio::steady_timer pause(control_);
  for (;;) {
    auto looking = look_once(keep_room_, log_dir_, logs_());
    const auto room = co_await asio::co_spawn(pool_, std::move(looking), uncancelled());
    if (room.is_short())
      dropped_.failed(shortage(log_dir_, room), std::max<std::size_t>(room.emptied, 1));
    else
      dropped_.succeeded();
    pause.expires_after(look_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace rolecall
