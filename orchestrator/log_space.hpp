#pragma once

#include "launcher/log_room.hpp"
#include "orchestrator/dropped_writes.hpp"

#include <filesystem>
#include <functional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall {

/// Keeps the instances' logs from filling their disk: looks every few seconds, on a thread of its
/// own, because a disk may not answer, and empties them when it gets short. Children write their
/// logs themselves and ignore what fails, so a look that finds the disk short counts as one dropped
/// write, or one for each log that it empties. Lives on the control thread.
class log_space {
 public:
  /// launcher::keep_log_room but in tests.
  using look = std::function<launcher::log_room(const std::filesystem::path& log_dir,
                                                const std::vector<std::filesystem::path>& logs)>;

  /// `logs` is asked on the control thread at each look: instances come and go.
  log_space(boost::asio::any_io_executor control, std::filesystem::path log_dir,
            std::function<std::vector<std::filesystem::path>()> logs, metrics::catalogue& metrics,
            look keep_room = launcher::keep_log_room);

  /// Runs until it is cancelled.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  boost::asio::any_io_executor control_;
  std::filesystem::path log_dir_;
  std::function<std::vector<std::filesystem::path>()> logs_;
  dropped_writes dropped_;
  look keep_room_;
  // Last, so that its thread ends before what it uses goes.
  boost::asio::thread_pool pool_{1};
};

}  // namespace rolecall
