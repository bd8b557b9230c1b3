#pragma once

#include "orchestrator/observation/engine_watch.hpp"
#include "orchestrator/observation/host_watch.hpp"
#include "orchestrator/observation/process_watch.hpp"

#include <cstdint>
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall::observation {

/// Who is told, on the control thread.
struct listeners {
  engine_watch::sample_listener engine_sampled;
  engine_watch::failure_listener engine_silent;
  process_watch::usage_listener process_used;
  process_watch::placement_listener process_placed;
  host_watch::listener host_sampled;
};

/// Everything that is read in the background for the metrics: engines, processes, the host and the
/// daemon. Nobody waits for it; it decides nothing. Lives on the control thread, owned by the
/// controller.
class observer {
 public:
  /// `root`: where /proc and /sys are found, "/" but in tests.
  observer(const boost::asio::any_io_executor& control, std::filesystem::path root,
           watched_folders folders, listeners told);

  void start();
  /// From now on; a process that is ready, and answers on 127.0.0.1:port. Replaces the instance's
  /// former one.
  void watch(instance id, std::uint16_t port, int pid);
  void forget(instance id);
  /// For good, so that the loop can end. Readings that have begun are awaited by it.
  void stop();

 private:
  // One thread for each that may take long, a disk that does not answer and a walk of page tables,
  // and one for what is neither. They do not step back as those of memory_watch: who walks page
  // tables holds a lock that the process may want.
  static constexpr std::size_t readers = 3;
  boost::asio::thread_pool pool_{readers};
  engine_watch engines_;
  process_watch processes_;
  host_watch host_;
};

}  // namespace rolecall::observation
