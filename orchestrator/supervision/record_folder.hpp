#pragma once

#include "orchestrator/supervision/instance_record.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall::supervision {

/// The records of running processes, one file each, so that a start writes its own and a damaged
/// one costs one: state_dir/instances/<instance>@<port>.json. Owned by main, outlives the
/// supervisors; called on the control thread. Flushes, removals and what is tried again are done on
/// a thread of its own; only announce() waits for the disk, because a process must not be before
/// its record is.
///
/// A record is there before its process is, so that no moment of a daemon's death leaves a process
/// that the next one cannot find, and until its exit is confirmed.
class record_folder {
 public:
  /// Told, on one thread that is not the caller's, of each write that failed, and with an empty
  /// text of one that worked and left nothing to be tried again.
  using outcome_listener = std::function<void(const std::string& problem)>;

  /// Nothing is stopped by a failed write. `retry_gap`: until it is tried again.
  explicit record_folder(std::filesystem::path folder, outcome_listener on_outcome = {},
                         std::chrono::milliseconds retry_gap = std::chrono::seconds{5});
  /// Completes what was asked for: a process that is kept must be found by the next daemon.
  ~record_folder();
  record_folder(const record_folder&) = delete;
  record_folder& operator=(const record_folder&) = delete;

  /// At once: before the process is started, and as soon as its pid is known. Not flushed: a host
  /// that loses power has no processes either. Waits for the disk.
  void announce(const instance_record& record);
  /// Soon: flushed to the disk, unless it is outdated by then. Tried again until it is written.
  void write(instance_record record);
  /// Soon: the process is gone.
  void remove(const instance_record& record);

 private:
  [[nodiscard]] std::uint64_t new_version(const std::filesystem::path& file);
  [[nodiscard]] bool is_latest(const std::filesystem::path& file, std::uint64_t version);
  void tell(std::string problem);
  [[nodiscard]] std::filesystem::path file_of(const instance_record& record) const;

  // On the pool:
  struct unwritten {
    instance_record record;
    std::uint64_t version = 0;
  };
  void replace(const instance_record& record, std::uint64_t version);
  void try_again();
  void try_again_later();

  std::filesystem::path folder_;
  outcome_listener on_outcome_;
  std::chrono::milliseconds retry_gap_;
  std::mutex versions_mutex_;  // never held while the disk is waited for
  std::map<std::filesystem::path, std::uint64_t> versions_;  // a newer one outdates a pending write
  std::mutex placing_;  // from the look at a version to the rename or removal that depends on it
  boost::asio::thread_pool pool_{1};
  // Of the pool's one thread:
  std::map<std::filesystem::path, unwritten> unwritten_;
  bool is_ending_ = false;
  boost::asio::steady_timer retry_{pool_};
};

/// Where they are found below host.state_dir.
[[nodiscard]] std::filesystem::path record_folder_in(const std::filesystem::path& state_dir);

struct records_read {
  std::vector<instance_record> records;  ///< by instance's name
  /// What could not be read, and files that are no records, which are left.
  std::vector<std::string> problems;
};
/// What the daemon before left. Blocking; before there is a record_folder.
[[nodiscard]] records_read read_records(const std::filesystem::path& folder);

}  // namespace rolecall::supervision
