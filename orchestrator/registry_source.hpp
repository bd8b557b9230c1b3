#pragma once

#include "launcher/topology.hpp"
#include "orchestrator/access/access_files.hpp"
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

/// Reads the keys and the certificate of a registry that was checked. One that cannot be used makes
/// the registry wrong: a door whose keys cannot be read stays shut. `before`: see
/// access::read_access_files(). Blocking.
[[nodiscard]] access::access_files check_access(registry::check_result& checked,
                                                const access::access_files& before = {});

/// The registry's file, read again on a thread of its own: models' headers are on disks that may
/// take their time. Owned by main; its coroutines are the controller's.
class registry_source {
 public:
  /// `limit`: of memory, which an automatic budget is a part of. `access`: what doors have.
  registry_source(std::filesystem::path file, registry::byte_count limit, launcher::topology host,
                  access::access_files access)
      : file_(std::move(file)), limit_(limit), host_(std::move(host)), access_(std::move(access)) {}

  struct reading {
    file_mark mark;  ///< taken before the reading
    registry::check_result checked;
    access::access_files access;
    registry::byte_count budget = 0;
    engines known;
  };
  /// The whole check of --check, keys and certificates included, and what the binaries can do.
  [[nodiscard]] boost::asio::awaitable<reading> read();
  [[nodiscard]] boost::asio::awaitable<file_mark> look();

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] const launcher::topology& host() const noexcept { return host_; }
  /// What doors have at present. Control thread.
  [[nodiscard]] const access::access_files& access() const noexcept { return access_; }
  void use(access::access_files access) { access_ = std::move(access); }

 private:
  std::filesystem::path file_;
  registry::byte_count limit_;
  launcher::topology host_;
  access::access_files access_;
  boost::asio::thread_pool pool_{1};
};

}  // namespace rolecall
