#pragma once

#include "launcher/host_memory.hpp"
#include "launcher/process_memory.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall::memory {

/// Time until a process is measured again: twice as long as the last time, up to half a minute, so
/// that peaks after a load are seen and steady processes cost little; and a hundred times as long
/// as measuring took, which is seconds for a model of hundreds of GiB.
[[nodiscard]] std::chrono::milliseconds next_gap(std::chrono::milliseconds gap,
                                                 std::chrono::milliseconds cost) noexcept;

/// Measures the host every second and ready processes now and then, on threads of its own; tells
/// on the control thread, where it lives. Owned by the controller.
class memory_watch {
 public:
  using instance = std::uint32_t;
  using host_listener = std::function<void(const launcher::host_memory&)>;
  using process_listener = std::function<void(instance, const launcher::process_memory&)>;

  /// `root`: where /proc and /sys are found, "/" but in tests.
  memory_watch(boost::asio::any_io_executor control, std::filesystem::path root,
               host_listener on_host, process_listener on_process);

  /// From now on; a process that is ready. Replaces the instance's former process.
  void watch(instance id, int pid);
  void forget(instance id);

  /// Two coroutines, each spawned once; they end when they are cancelled.
  [[nodiscard]] boost::asio::awaitable<void> watch_host();
  [[nodiscard]] boost::asio::awaitable<void> watch_processes();

  /// Runs on the pool what may block, in the caller's coroutine.
  [[nodiscard]] boost::asio::awaitable<std::string> write(std::filesystem::path file,
                                                          std::string text);

 private:
  struct watched {
    int pid = 0;
    std::chrono::steady_clock::time_point due;
    std::chrono::milliseconds gap{0};
  };

  [[nodiscard]] boost::asio::awaitable<void> pause();
  [[nodiscard]] std::optional<std::pair<instance, int>> next_due() const;
  void measured(instance id, int pid, std::chrono::milliseconds cost,
                const std::optional<launcher::process_memory>& memory);

  boost::asio::any_io_executor control_;
  std::filesystem::path root_;
  host_listener on_host_;
  process_listener on_process_;
  std::map<instance, watched> watched_;
  // Last, so that its threads end before what they are asked by goes. One thread for the host,
  // which must not wait for a long page-table walk.
  boost::asio::thread_pool pool_{2};
};

}  // namespace rolecall::memory
