#pragma once

#include "orchestrator/metrics/samples.hpp"
#include "orchestrator/observation/background_task.hpp"
#include "orchestrator/observation/instance.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::observation {

/// Time until a process's placement is read again. Pages seldom move once they are in, and the walk
/// holds the process's mmap lock: ten minutes, or a hundred times what the walk took.
[[nodiscard]] std::chrono::milliseconds placement_gap(std::chrono::milliseconds cost) noexcept;

/// Reads what ready processes use every few seconds, and where their pages are soon after they
/// became ready and seldom then, on a pool's threads. Lives and tells on the control thread.
class process_watch {
 public:
  using usage_listener = std::function<void(instance, const metrics::process_usage&)>;
  using placement_listener = std::function<void(instance, const std::vector<metrics::node_share>&)>;

  /// `pool` has a thread for each of the two kinds of readings: one may take seconds.
  process_watch(boost::asio::any_io_executor control, boost::asio::any_io_executor pool,
                usage_listener on_usage, placement_listener on_placement,
                std::chrono::milliseconds period = std::chrono::seconds{5});

  void start();
  /// From now on; a process that is ready: one that loads would keep the reader of its page tables
  /// waiting. Replaces the instance's former process.
  void watch(instance id, int pid);
  void forget(instance id);
  /// For good. The loop can end once a reading that has begun is done.
  void stop();

 private:
  struct watched {
    int pid = 0;
    std::chrono::steady_clock::time_point placement_due;
  };

  [[nodiscard]] boost::asio::awaitable<void> watch_usage();
  [[nodiscard]] boost::asio::awaitable<void> watch_placement();
  [[nodiscard]] std::vector<std::pair<instance, int>> processes() const;
  [[nodiscard]] std::optional<std::pair<instance, int>> next_placement() const;
  [[nodiscard]] bool is_watched(instance id, int pid) const;

  boost::asio::any_io_executor control_;
  boost::asio::any_io_executor pool_;
  usage_listener on_usage_;
  placement_listener on_placement_;
  std::chrono::milliseconds period_;
  std::map<instance, watched> watched_;
  std::vector<background_task> tasks_;
};

}  // namespace rolecall::observation
