#pragma once

#include "orchestrator/observation/background_task.hpp"
#include "orchestrator/observation/host_reading.hpp"

#include <chrono>
#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::observation {

/// Reads the host and this process every few seconds, at first at once, on a pool's thread. Lives
/// and tells on the control thread.
class host_watch {
 public:
  using listener = std::function<void(const metrics::host_sample&, const metrics::daemon_usage&)>;

  /// `root`: where /proc and /sys are found, "/" but in tests.
  host_watch(boost::asio::any_io_executor control, boost::asio::any_io_executor pool,
             std::filesystem::path root, watched_folders folders, listener on_sample,
             std::chrono::milliseconds period = std::chrono::seconds{5});

  void start();
  /// For good. The loop can end once a reading that has begun is done.
  void stop();

 private:
  [[nodiscard]] boost::asio::awaitable<void> watch();

  boost::asio::any_io_executor control_;
  boost::asio::any_io_executor pool_;
  std::filesystem::path root_;
  watched_folders folders_;
  listener on_sample_;
  std::chrono::milliseconds period_;
  std::optional<background_task> task_;
};

}  // namespace rolecall::observation
