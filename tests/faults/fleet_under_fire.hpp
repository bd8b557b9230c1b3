#pragma once

#include "tests/e2e/engine_fixture.hpp"
#include "tests/faults/fault_record.hpp"
#include "tests/support/small_disk.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rolecall::test {

/// rolecalld over the real engine, one daemon after another over the same processes: four HOT
/// roles, and two WARM ones of which the budget holds one.
class fleet_under_fire {
 public:
  fleet_under_fire();
  ~fleet_under_fire();
  fleet_under_fire(const fleet_under_fire&) = delete;
  fleet_under_fire& operator=(const fleet_under_fire&) = delete;

  static constexpr const char* hot_roles[] = {"front", "back", "upper", "lower"};
  static constexpr const char* warm_roles[] = {"left", "right"};
  static constexpr const char* all_roles[] = {"front", "back", "upper", "lower", "left", "right"};

  [[nodiscard]] running_daemon& daemon() { return *daemon_; }
  /// 0 while there is no daemon. Any thread.
  [[nodiscard]] std::uint16_t door() const noexcept { return door_; }

  /// kill -9.
  void kill_daemon();
  /// `environment`: "NAME=value" entries added to ours.
  void start_daemon(const std::vector<std::string>& environment = {});
  /// SIGTERM: what remains is told as orphans.
  void end(fault_record& record);

  [[nodiscard]] const std::filesystem::path& registry_file() const noexcept { return file_; }
  [[nodiscard]] std::filesystem::path model_of(const std::string& role) const {
    return models_.path() / (role + ".gguf");
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return fixture_.folder.path(); }
  /// The disks of records and logs, small ones where this user may mount any; empty otherwise.
  [[nodiscard]] std::vector<std::filesystem::path> own_disks() const;
  [[nodiscard]] std::uint16_t port_of(const std::string& role) const { return ports_.at(role); }

  /// False: not within two minutes.
  [[nodiscard]] bool hot_roles_come_back();
  /// Processes of this fleet's engines, whoever started them.
  [[nodiscard]] std::set<pid_t> processes() const;
  /// Processes that no daemon knows.
  void look_for_orphans(fault_record& record);

 private:
  engine_fixture fixture_;
  small_disk state_disk_;
  small_disk log_disk_;
  temporary_directory models_;  // of its own, to be damaged; in every engine's command line
  std::map<std::string, std::uint16_t> ports_;
  std::filesystem::path file_;
  std::optional<running_daemon> daemon_;
  std::atomic<std::uint16_t> door_ = 0;
};

}  // namespace rolecall::test
