#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::test {

using moment = std::chrono::steady_clock::time_point;

/// What was done to a fleet and when, and what its clients saw of it. Any thread.
class fault_record {
 public:
  using ticket = std::size_t;

  /// From now until end(), requests to `roles` may fail.
  ticket begin(std::string kind, std::vector<std::string> roles);
  /// The fleet shows that it knows.
  void noticed(ticket which);
  /// Nothing that is sent from now on may fail of it.
  void end(ticket which);
  /// The fleet is as it should be again.
  void mended(ticket which);

  /// Whether a request to `role` in this time may have failed.
  [[nodiscard]] bool excuses(std::string_view role, moment from, moment to) const;

  void answered() { count(answered_); }
  [[nodiscard]] std::uint64_t answers() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  void interrupted() { count(interrupted_); }
  void lost(std::string what);
  void orphan(std::string what);
  void wrong_adoption(std::string what);
  void not_back(std::string what);
  /// A kind that cannot be injected here.
  void left_out(std::string kind, std::string why);

  /// Faults were injected, requests answered, and nothing was wrong.
  [[nodiscard]] bool is_clean() const;
  /// The figures, for people.
  [[nodiscard]] std::string table() const;

 private:
  struct fault {
    std::string kind;
    std::vector<std::string> roles;
    moment begin;
    std::optional<moment> noticed = {};
    std::optional<moment> end = {};
    std::optional<moment> mended = {};
  };

  void count(std::uint64_t& what) {
    const std::lock_guard lock(mutex_);
    ++what;
  }
  void note(std::vector<std::string>& list, std::string what);

  mutable std::mutex mutex_;
  std::vector<fault> faults_;
  std::uint64_t answered_ = 0;
  std::uint64_t interrupted_ = 0;
  std::vector<std::string> lost_, orphans_, wrong_adoptions_, not_back_;
  std::map<std::string, std::string> left_out_;
};

}  // namespace rolecall::test
