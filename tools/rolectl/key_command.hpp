#pragma once

#include "tools/rolectl/exit_code.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

struct key_options {
  std::string name;                ///< in logs and metrics
  std::vector<std::string> roles;  ///< empty: every role
  int in_flight = 0;               ///< requests at once; 0: any number
  bool background = false;
};
/// Makes a key and prints it, once, with the line for the key file. Needs no daemon and writes no
/// file.
exit_code run_key(const key_options& options);

}  // namespace rolecall::rolectl
