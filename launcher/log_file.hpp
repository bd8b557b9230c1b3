#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>

#include "registry/registry.hpp"

namespace rolecall::launcher {

/// Where an instance's output goes: log_dir/<instance>.log.
[[nodiscard]] std::filesystem::path log_path(const std::filesystem::path& log_dir, const std::string& instance);

/// Keeps the file under `limit` bytes: a larger one becomes `<file>.1` (the older .1 is dropped). `in_use` copies and
/// truncates, because a running child appends to it; otherwise it is renamed. Blocking.
boost::system::result<void> rotate_log(const std::filesystem::path& file, registry::byte_count limit, bool in_use);

/// The last `count` lines, oldest first; empty when there is no file. Reads at most the last 64 KiB. Lines are cut at
/// 400 bytes.
[[nodiscard]] std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count);

/// Tells when a file is written to (inotify), so that readiness is looked for when the child speaks, not on a grid.
class log_watch {
 public:
  static boost::system::result<log_watch> open(boost::asio::any_io_executor executor,
                                               const std::filesystem::path& file);

  /// Completes when the file was written since the last call. Cancellable.
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> async_changed();

 private:
  explicit log_watch(boost::asio::posix::stream_descriptor inotify) : inotify_(std::move(inotify)) {}
  boost::asio::posix::stream_descriptor inotify_;
};

}  // namespace rolecall::launcher
