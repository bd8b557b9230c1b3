#pragma once

#include "orchestrator/admin/command.hpp"
#include "orchestrator/admin/load_plan.hpp"
#include "orchestrator/admin/reload_plan.hpp"
#include "orchestrator/admin/status.hpp"
#include "orchestrator/tracing/request_ring.hpp"

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

namespace rolecall::admin {

/// Why a command was not carried out.
struct command_error {
  enum class kind { unknown_role, refused, failed } what = kind::refused;
  std::string message;  ///< with the numbers and the next step
};

struct reload_options {
  bool dry_run = false;  ///< plan only
  bool force = false;    ///< processes that leave drain for their role's time and no longer
};

/// What the admin endpoints need of the fleet; implemented by the controller. Control thread only.
class fleet {
 public:
  virtual ~fleet() = default;

  [[nodiscard]] virtual fleet_status status() const = 0;
  /// Carries a command out; with `wait`, completes when the role has arrived (ready, stopped) or
  /// failed.
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<void, command_error>>
  carry_out(command what, std::string role, bool wait, bool force) = 0;
  /// What loading a role would do now.
  [[nodiscard]] virtual boost::system::result<load_plan, command_error> plan_load(
      const std::string& role) const = 0;
  /// Reads the registry again and applies what has changed, or refuses it as a whole.
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<reload_plan, reload_refusal>>
  reload(reload_options options) = 0;
  /// Events with id > `after`, oldest first, from a bounded history.
  [[nodiscard]] virtual std::vector<fleet_event> events_after(std::uint64_t after) const = 0;
  /// What is remembered of the front door's requests.
  [[nodiscard]] virtual std::vector<tracing::request_trace> requests(
      const tracing::request_query& query) const = 0;
  /// Completes when there is an event with id > `after`. Cancellable.
  [[nodiscard]] virtual boost::asio::awaitable<void> event_after(std::uint64_t after) = 0;
  /// True when every HOT role is ready.
  [[nodiscard]] virtual bool hot_ready() const = 0;
  /// The metrics' text form, with the fleet's gauges fresh.
  [[nodiscard]] virtual std::string metrics_text() = 0;
};

}  // namespace rolecall::admin
