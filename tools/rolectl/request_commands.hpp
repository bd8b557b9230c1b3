#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <string>

namespace rolecall::rolectl {

inline constexpr int most_requests = 1000;

struct requests_options {
  std::string role;  ///< empty: every role
  bool slow = false;
  int limit = 20;  ///< 1 to most_requests
  bool json = false;
};
exit_code run_requests(admin_client& client, const requests_options& options);

struct trace_options {
  std::string id;  ///< of a request or a trace, which may have several requests
  bool json = false;
};
exit_code run_trace(admin_client& client, const trace_options& options);

}  // namespace rolecall::rolectl
