#pragma once

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/access_record.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace rolecall::proxy {

/// Writes one line per request to a file, by a thread of its own: data threads never wait for a
/// disk. What they hand over while the disk is slower than they are is kept up to a limit; lines
/// beyond it are dropped and counted. Owned by the server.
class access_log {
 public:
  /// Bytes that may wait for the disk: some ten thousand lines.
  static constexpr std::size_t most_waiting = 4U << 20;

  /// Opens the file, made with mode 0600, for appending; throws std::system_error, "cannot open
  /// the access log <file>: <reason>". A disk that takes no new file is no error: lines are dropped
  /// until it does. `metrics` counts what is dropped and outlives the log.
  access_log(std::filesystem::path file, metrics::catalogue& metrics);
  /// Writes what was handed over.
  ~access_log();
  access_log(const access_log&) = delete;
  access_log& operator=(const access_log&) = delete;

  /// Any thread; returns at once.
  void write(const access_record& record);
  /// Opens the file by its name again: it was moved away by who rotates logs. Any thread. What was
  /// handed over before goes to the old file. If it cannot be opened, the old file stays.
  void reopen();
  /// Waits until what was handed over before has been written, or dropped. For tests.
  void flush();

 private:
  void run();
  void write_out(const std::string& lines);
  void open_again();

  std::filesystem::path file_;
  metrics::catalogue& metrics_;
  int descriptor_;     // the thread's, once it runs; -1: the disk took no new file yet
  bool torn_ = false;  // the last line in the file has no end
  bool is_losing_ = false;

  std::mutex mutex_;
  std::condition_variable handed_over_;
  std::condition_variable written_;
  std::string waiting_;
  bool is_writing_ = false;
  bool reopening_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace rolecall::proxy
