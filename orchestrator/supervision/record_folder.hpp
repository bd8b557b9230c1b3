#pragma once

#include "orchestrator/supervision/instance_record.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

namespace rolecall::supervision {

/// The records of running processes, one file each, so that a start writes its own and a damaged
/// one costs one: state_dir/instances/<instance>@<port>.json. Owned by main, outlives the
/// supervisors; called on the control thread, which never waits for the disk.
///
/// A record is there before its process is, so that no moment of a daemon's death leaves a process
/// that the next one cannot find, and until its exit is confirmed.
class record_folder {
 public:
  using problem_listener = std::function<void(const std::string&)>;

  /// `on_problem` is told what could not be written, on any thread; nothing is stopped by it.
  explicit record_folder(std::filesystem::path folder, problem_listener on_problem = {});
  /// Completes what was asked for: a process that is kept must be found by the next daemon.
  ~record_folder();
  record_folder(const record_folder&) = delete;
  record_folder& operator=(const record_folder&) = delete;

  /// Before the process is started. Not flushed: a host that loses power has no processes either.
  void announce(const instance_record& record);
  /// Soon, on a thread of its own: flushed to the disk, unless it is outdated by then.
  void write(instance_record record);
  /// The process is gone.
  void remove(const instance_record& record);

 private:
  void replace(const instance_record& record, std::uint64_t version);
  void tell(const std::string& problem) const;
  [[nodiscard]] std::filesystem::path file_of(const instance_record& record) const;

  std::filesystem::path folder_;
  problem_listener on_problem_;
  std::mutex mutex_;  // held for a rename or removal, never for a flush
  std::map<std::filesystem::path, std::uint64_t> versions_;  // a newer one outdates a pending write
  boost::asio::thread_pool pool_{1};
};

/// Where they are found below host.state_dir.
[[nodiscard]] std::filesystem::path record_folder_in(const std::filesystem::path& state_dir);

struct records_read {
  std::vector<instance_record> records;  ///< by instance's name
  std::vector<std::string> problems;     ///< files that are no records, and why; they are left
};
/// What the daemon before left. Blocking; before there is a record_folder.
[[nodiscard]] records_read read_records(const std::filesystem::path& folder);

}  // namespace rolecall::supervision
