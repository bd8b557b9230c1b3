#pragma once

#include "tests/support/http_client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rolecall::test {

/// A finished program's output.
struct program_result {
  int code = -1;  ///< exit code; 128 + n after signal n
  std::string out;
  std::string err;
};

/// Runs a program to its end. `environment`: "NAME=value" entries added to ours.
[[nodiscard]] program_result run(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment = {});

/// A rolecalld of our own on the loopback address: started with a registry, stopped with SIGTERM by
/// the destructor, which waits for its end and throws away nothing: logs stay in the registry's
/// folder.
class running_daemon {
 public:
  /// `registry` must say `listen: 127.0.0.1:0` and `admin: 127.0.0.1:0`. Waits until both doors are
  /// open.
  explicit running_daemon(const std::filesystem::path& registry,
                          const std::vector<std::string>& environment = {});
  ~running_daemon();
  running_daemon(const running_daemon&) = delete;
  running_daemon& operator=(const running_daemon&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::uint16_t door() const noexcept { return door_; }
  [[nodiscard]] std::uint16_t admin() const noexcept { return admin_; }

  [[nodiscard]] http_response post(std::string_view target, std::string_view body) const;
  [[nodiscard]] http_response get(std::string_view target) const;
  [[nodiscard]] http_response admin_get(std::string_view target) const;
  [[nodiscard]] http_response admin_post(std::string_view target) const;

  /// A chat request's answer; `role` goes into `model`.
  [[nodiscard]] http_response chat(std::string_view role, std::string_view text = "hello",
                                   int tokens = 8) const;

  /// State of an instance, from the status. Empty: no such instance.
  [[nodiscard]] std::string state(std::string_view instance) const;
  /// Its pid; 0 without a process.
  [[nodiscard]] pid_t child(std::string_view instance) const;
  [[nodiscard]] std::vector<pid_t> children() const;
  [[nodiscard]] int generation(std::string_view instance) const;
  /// The word for why its last process ended; empty without a reason.
  [[nodiscard]] std::string reason_kind(std::string_view instance) const;
  [[nodiscard]] unsigned leases(std::string_view instance) const;

  /// Looks again and again until `condition` holds. Throws after two minutes.
  void wait_until(const std::function<bool()>& condition) const;
  void wait_for_state(std::string_view instance, std::string_view state) const;
  /// Texts of the fleet's events of one kind, oldest first.
  [[nodiscard]] std::vector<std::string> events(std::string_view kind) const;

  /// SIGTERM, then waits for the end. Returns the exit code as program_result does.
  int stop();
  /// SIGKILL, then waits for the end: what it runs stays.
  void kill();

 private:
  pid_t pid_ = 0;
  std::uint16_t door_ = 0;
  std::uint16_t admin_ = 0;
};

/// Whether the process exists and is no zombie.
[[nodiscard]] bool is_alive(pid_t pid);

}  // namespace rolecall::test
