#pragma once

#include "tests/integration/admin/admin_door.hpp"
#include "tests/support/terminal.hpp"

#include <array>
#include <string>
#include <vector>

namespace rolecall::test {

/// The sizes at which everything is looked at: a small window, that of old, a wide one.
inline constexpr std::array terminal_sizes{terminal_size{60, 15}, terminal_size{80, 24},
                                           terminal_size{132, 40}};

/// rolectl on a terminal, asking that door.
class rolectl_terminal : public terminal {
 public:
  rolectl_terminal(const admin_door& door, std::vector<std::string> arguments,
                   terminal_size size = {}, const std::vector<std::string>& environment = {})
      : terminal(with_door(std::move(arguments), door), size, environment) {}

 private:
  static std::vector<std::string> with_door(std::vector<std::string> arguments,
                                            const admin_door& door) {
    arguments.insert(arguments.begin(), ROLECTL);
    arguments.insert(arguments.end(), {"--admin", "127.0.0.1:" + std::to_string(door.port())});
    return arguments;
  }
};

/// A dozen roles with what makes rows long: names, wide characters in reasons, a load that goes on.
inline admin::fleet_status long_fleet() {
  auto status = small_fleet();
  for (int i = 0; i < 9; ++i) {
    auto role = status.roles.front();
    role.name = "architect_general_" + std::to_string(i);
    role.aliases.clear();
    role.quant = "Q4_K_M";
    role.instances[0].state = "starting";
    role.instances[0].reason = "evicted to make room for 世界世界世界 " + std::string(150, 'x');
    role.instances[0].load = {
        .phase = "page_in", .ratio = 0.42, .bytes_per_second = 3.3e9, .elapsed_seconds = 4};
    status.roles.push_back(role);
  }
  return status;
}

}  // namespace rolecall::test
