#pragma once

#include "launcher/topology.hpp"
#include "orchestrator/fleet_plan.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall {

/// What tells a file from what it was: its content, or that it cannot be read.
struct file_mark {
  std::string hash;     ///< of the content; empty: it could not be read
  std::string problem;  ///< why
  bool operator==(const file_mark&) const = default;
};

/// Blocking.
[[nodiscard]] file_mark mark_of(const std::filesystem::path& file);

/// How a file differs from what was read of it; empty: it does not.
[[nodiscard]] std::string drift_of(const std::filesystem::path& file, const file_mark& read,
                                   const file_mark& now);

/// The registry's file, read again on a thread of its own: models' headers are on disks that may
/// take their time. Owned by main; its coroutines are the controller's.
class registry_source {
 public:
  /// `limit`: of memory, which an automatic budget is a part of.
  registry_source(std::filesystem::path file, registry::byte_count limit, launcher::topology host)
      : file_(std::move(file)), limit_(limit), host_(std::move(host)) {}

  struct reading {
    file_mark mark;  ///< taken before the reading
    registry::check_result checked;
    registry::byte_count budget = 0;
    engines known;
  };
  /// The whole check of --check, and what the binaries can do.
  [[nodiscard]] boost::asio::awaitable<reading> read();
  [[nodiscard]] boost::asio::awaitable<file_mark> look();

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] const launcher::topology& host() const noexcept { return host_; }

 private:
  std::filesystem::path file_;
  registry::byte_count limit_;
  launcher::topology host_;
  boost::asio::thread_pool pool_{1};
};

}  // namespace rolecall
