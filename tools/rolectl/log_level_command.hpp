#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

struct log_level_options {
  std::vector<std::string> settings;  ///< "proxy=debug", "debug"; empty: they are only shown
};
/// Changes the levels one after the other and prints what they are, a line `COMPONENT=LEVEL` each:
/// what the command takes.
exit_code run_log_level(admin_client& client, const log_level_options& options);

}  // namespace rolecall::rolectl
