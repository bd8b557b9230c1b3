#pragma once

#include "tests/faults/fault_record.hpp"
#include "tests/faults/fleet_under_fire.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rolecall::test {

/// Does to a fleet what may happen to it, one thing at a time, and waits until it has recovered.
class injections {
 public:
  injections(fleet_under_fire& fleet, fault_record& record, std::uint64_t seed)
      : fleet_(fleet), record_(record), draws_(seed) {}

  /// Every kind once; of those whose names contain `only`.
  void one_of_each(std::string_view only = {});
  /// kill -9 of the daemon at a moment drawn by chance: at rest, within a load, an eviction or a
  /// reload.
  void kill_daemon();

 private:
  // Of processes and files: injections.cpp.
  template <int Signal>
  void signal_child();
  void garble_registry();
  void take_port();
  void cut_model();
  void remove_model();
  void damage_model(const char* kind, const std::function<void(const std::filesystem::path&)>& how);
  // Of the host: host_injections.cpp.
  void use_up_descriptors();
  void fill_disks();
  void refuse_forks();
  void starve_of_memory();
  void turn_clock();

  [[nodiscard]] static std::vector<std::string> everybody();
  /// The one with the fewest ends of late. The fifth within a minute is its last by design: before,
  /// a minute passes.
  [[nodiscard]] std::string next_hot_role();
  [[nodiscard]] std::string any_warm_role();
  void unload(const std::string& role);
  void wait_until_ready(const std::string& role);
  /// SIGKILL, to a process that a HOT role has; its pid.
  pid_t kill_child(const std::string& role);
  [[nodiscard]] std::size_t refused_starts() const;
  void recover(fault_record::ticket fault);

  /// Another registry than the last one: `back` wants another context.
  void change_registry();

  fleet_under_fire& fleet_;
  fault_record& record_;
  std::mt19937_64 draws_;
  std::map<std::string, int> ends_of_late_;
};

}  // namespace rolecall::test
