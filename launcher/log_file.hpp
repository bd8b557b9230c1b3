#pragma once

#include "launcher/descriptor.hpp"
#include "registry/registry.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// Where an instance's output goes: log_dir/<instance>.log.
[[nodiscard]] std::filesystem::path log_path(const std::filesystem::path& log_dir,
                                             const std::string& instance);

/// Opens a log to append to. A missing file is made 0600, a missing folder 0700: output may hold
/// what prompts hold. Children inherit it by dup alone. On a disk that takes no new file it is
/// /dev/null.
[[nodiscard]] boost::system::result<descriptor> open_log(const std::filesystem::path& file);

/// Keeps the file under `limit` bytes: a larger one becomes `<file>.1` (the older .1 is dropped).
/// `in_use` copies and truncates, because a running child appends to it, and keeps its last `limit`
/// bytes; otherwise it is renamed. Blocking.
boost::system::result<void> rotate_log(const std::filesystem::path& file,
                                       registry::byte_count limit, bool in_use);

/// The last `count` lines, oldest first; empty when there is no file. Reads at most the last 64
/// KiB. Lines are cut at 400 bytes.
[[nodiscard]] std::vector<std::string> last_lines(const std::filesystem::path& file,
                                                  std::size_t count);

/// Tells when a file is written to (inotify), so that readiness is looked for when the child
/// speaks, not on a grid. Lives on the thread of its executor.
class log_watch {
 public:
  /// Makes a missing file, as open_log does.
  static boost::system::result<log_watch> open(boost::asio::any_io_executor executor,
                                               const std::filesystem::path& file);

  /// Completes when the file was written since the last call; once more than needed is possible.
  /// Cancellable.
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> async_changed();

 private:
  explicit log_watch(boost::asio::posix::stream_descriptor inotify)
      : inotify_(std::move(inotify)) {}
  boost::asio::posix::stream_descriptor inotify_;
};

}  // namespace rolecall::launcher
