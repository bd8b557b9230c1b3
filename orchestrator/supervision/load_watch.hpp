#pragma once

#include "launcher/log_file.hpp"
#include "orchestrator/supervision/load_log.hpp"
#include "orchestrator/supervision/load_phases.hpp"
#include "orchestrator/supervision/load_stall.hpp"
#include "orchestrator/supervision/readiness_probe.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <sys/types.h>

namespace rolecall::supervision {

/// How long to wait before the next probe when the log has been silent for `silence`: a quarter of
/// it, 2 to 100 ms. llama-server 0.7.0 turns `/health` to 200 within 2 ms of its line "model
/// loaded", so the probes around a line are close; minutes of silence cost ten probes a second.
[[nodiscard]] std::chrono::milliseconds probe_gap(std::chrono::steady_clock::duration silence);

/// Watches loads of one instance until they have an outcome. Lives on the control thread, as long
/// as its supervisor: it keeps its inotify between loads, because closing one takes the kernel 20
/// ms.
class load_watch {
 public:
  /// `phases` is told what is seen of a load. `on_read` is called when has_read() becomes true.
  load_watch(boost::asio::any_io_executor executor, std::chrono::seconds ready_stall,
             load_phases& phases, std::function<void()> on_read);

  /// For loads that begin from now on.
  void use(std::chrono::seconds ready_stall) noexcept { ready_stall_ = ready_stall; }

  /// From now on, this process is meant, which writes to `log` from the byte `offset` on.
  void begin(probe_target target, const std::filesystem::path& log, std::uintmax_t offset);

  /// Nothing came from a disk for ready_stall: what goes on is computing.
  [[nodiscard]] bool has_read() const noexcept { return has_read_; }

  /// became_ready, load_stalled or port_stolen. Cancellable, and may be called again after that.
  [[nodiscard]] boost::asio::awaitable<event> async_outcome();

 private:
  void watch_present_log();
  /// At the process and its log. True: nothing has moved for ready_stall.
  [[nodiscard]] bool look_for_stall();
  [[nodiscard]] boost::asio::awaitable<void> pause();
  [[nodiscard]] boost::asio::awaitable<void> log_written();

  boost::asio::any_io_executor executor_;
  std::filesystem::path log_;
  std::chrono::seconds ready_stall_;
  load_phases& phases_;
  std::function<void()> on_read_;
  std::optional<launcher::log_watch> log_watch_;  // empty without inotify: the gaps alone must do
  ino_t watched_file_ = 0;                        // a log that was put aside is another file
  probe_target target_;
  load_log words_;
  stall_watch stall_;
  stall_watch reading_;
  bool has_read_ = false;
  time_point last_line_{};
};

}  // namespace rolecall::supervision
