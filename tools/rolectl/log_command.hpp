#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <optional>
#include <string>

namespace rolecall::rolectl {

inline constexpr int most_log_lines = 10'000;

struct log_options {
  std::string role;
  int lines = 50;  ///< of each process; 0 to most_log_lines
  bool follow = false;
  std::optional<bool> fold;  ///< runs of routine lines; nullopt: on a terminal
};
/// Prints what the role's processes wrote.
exit_code run_logs(admin_client& client, const log_options& options);

}  // namespace rolecall::rolectl
