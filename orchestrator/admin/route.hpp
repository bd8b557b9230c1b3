#pragma once

#include "orchestrator/admin/command.hpp"
#include "orchestrator/log/log_level.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/system/result.hpp>

namespace rolecall::admin {

// ---- what a request may ask for, one type per endpoint

struct livez {
  bool operator==(const livez&) const = default;
};
struct readyz {
  bool operator==(const readyz&) const = default;
};
struct metrics_page {
  bool operator==(const metrics_page&) const = default;
};
struct status_page {
  bool operator==(const status_page&) const = default;
};
struct memory_page {
  bool operator==(const memory_page&) const = default;
};
struct roles_page {
  bool operator==(const roles_page&) const = default;
};
struct role_page {
  std::string role;
  bool operator==(const role_page&) const = default;
};
/// What loading the role would do.
struct plan_page {
  std::string role;
  bool operator==(const plan_page&) const = default;
};
struct role_command {
  command what = command::load;
  std::string role;
  bool wait = false;
  bool force = false;
  bool operator==(const role_command&) const = default;
};
struct event_feed {
  std::optional<std::uint64_t> after;  ///< nullopt: Last-Event-ID, or the whole history
  bool follow = true;
  bool operator==(const event_feed&) const = default;
};
struct log_feed {
  std::string role;
  std::size_t lines = 50;  ///< of each instance
  bool follow = false;
  bool operator==(const log_feed&) const = default;
};
struct reload {
  bool dry_run = false;
  bool force = false;
  bool operator==(const reload&) const = default;
};

/// The last requests, or the slowest.
struct requests_page {
  std::string role;  ///< empty: of any
  std::size_t limit = 50;
  bool slow = false;
  bool operator==(const requests_page&) const = default;
};
/// Those of one id.
struct request_page {
  std::string id;  ///< a request's, or a trace's
  bool operator==(const request_page&) const = default;
};

/// Up to which level each component logs.
struct log_levels_page {
  bool operator==(const log_levels_page&) const = default;
};
struct log_level_change {
  log_level_setting wanted;
  bool operator==(const log_level_change&) const = default;
};

using admin_request =
    std::variant<livez, readyz, metrics_page, status_page, memory_page, roles_page, role_page,
                 plan_page, role_command, event_feed, log_feed, reload, requests_page, request_page,
                 log_levels_page, log_level_change>;

/// Why a request line asks for nothing that there is.
struct route_error {
  unsigned status = 404;  ///< 400, 404 or 405
  std::string code;       ///< one word for programs
  std::string message;
  std::string allow;  ///< of a 405: the method that the path takes

  bool operator==(const route_error&) const = default;
};

/// Most lines of a log that one request may ask for.
inline constexpr std::size_t most_log_lines = 10'000;
/// Most requests that one page may tell of.
inline constexpr std::size_t most_requests = 1000;

/// Pure. `method` in capitals; HEAD is GET, except for feeds. `target` as on the request line,
/// percent-encoded. Parameters that the endpoint does not know are errors: `?wiat=true` must not
/// load a role without waiting.
[[nodiscard]] boost::system::result<admin_request, route_error> route(std::string_view method,
                                                                      std::string_view target);

}  // namespace rolecall::admin
