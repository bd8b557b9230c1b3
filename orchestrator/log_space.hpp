#pragma once

#include "orchestrator/dropped_writes.hpp"

#include <filesystem>
#include <functional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall {

/// Keeps the instances' logs from filling their disk: looks every few seconds, on a pool, and
/// empties them when it gets short. Children write their logs themselves and ignore what fails.
/// Lives on the control thread.
class log_space {
 public:
  /// `logs` is asked on the control thread at each look: instances come and go.
  log_space(boost::asio::any_io_executor control, std::filesystem::path log_dir,
            std::function<std::vector<std::filesystem::path>()> logs, metrics::catalogue& metrics);

  /// Runs until it is cancelled.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  boost::asio::any_io_executor control_;
  std::filesystem::path log_dir_;
  std::function<std::vector<std::filesystem::path>()> logs_;
  dropped_writes dropped_;
};

}  // namespace rolecall
