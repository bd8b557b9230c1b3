#pragma once

#include "orchestrator/admin/command.hpp"
#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/keyboard.hpp"
#include "tools/rolectl/screen.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rolecall::rolectl {

enum class top_sort { role, state, memory, requests, tokens };
/// The inverse of top_sort_words; nullopt for another word.
[[nodiscard]] std::optional<top_sort> parse_top_sort(std::string_view word) noexcept;

/// What is kept of a role, or of the whole fleet, at each answer of the daemon; the last ones.
struct top_history {
  std::vector<double> tokens;  ///< per second
  std::vector<double> memory;  ///< bytes in use; of the fleet: reserved
  static constexpr std::size_t most = 512;
};

// What happens to `rolectl top`; a key is one, too.
struct top_snapshot {
  admin::fleet_status status;
};
/// The daemon did not answer.
struct top_failure {
  std::string reason;
};
/// What became of a command that was sent.
struct top_outcome {
  admin::command what = admin::command::load;
  std::string role;
  std::string refusal;  ///< empty: it is under way
};
struct top_log_piece {
  std::string role;
  std::string text;
};
struct top_log_end {
  std::string role;
  std::string reason;
};
/// Time has gone by.
struct top_tick {};
using top_event =
    std::variant<key, top_snapshot, top_failure, top_outcome, top_log_piece, top_log_end, top_tick>;

// What is to be done.
struct send_command {
  admin::command what = admin::command::load;
  std::string role;
  bool force = false;
  bool operator==(const send_command&) const = default;
};
struct follow_log {
  std::string role;
  bool operator==(const follow_log&) const = default;
};
struct leave_log {
  bool operator==(const leave_log&) const = default;
};
/// Everything is to be drawn anew.
struct clear_screen {
  bool operator==(const clear_screen&) const = default;
};
/// The shell gets the terminal until it continues us.
struct suspend_top {
  bool operator==(const suspend_top&) const = default;
};
struct leave_top {
  bool operator==(const leave_top&) const = default;
};
using top_action =
    std::variant<send_command, follow_log, leave_log, clear_screen, suspend_top, leave_top>;

struct top_message {
  std::string text;
  look how = look::plain;
  double since = 0;
};

/// A role's log on the whole screen.
struct top_log {
  std::string role;
  std::vector<std::string> lines;  ///< the last ones; the newest may not be complete
  std::size_t back = 0;            ///< lines that the view has been scrolled back
  std::string ended;               ///< why nothing follows; empty while it does
  static constexpr std::size_t most = 2000;
};

/// All that `rolectl top` knows. Changed by step() only.
struct top_state {
  double now = 0;  ///< seconds since some fixed moment
  top_sort sort = top_sort::role;
  bool paused = false;
  bool help = false;
  std::optional<top_log> log;  ///< shown instead of the fleet
  std::optional<admin::fleet_status> shown;
  double answered = 0;  ///< when the daemon last did
  std::string failure;  ///< why it does not now; empty when it does
  top_history fleet;
  std::map<std::string, top_history> roles;
  std::string selected;                  ///< a role's name: it stays when rows change places
  std::optional<send_command> question;  ///< asked before it is done
  std::optional<top_message> message;
  /// Commands that were sent, until they have led somewhere.
  struct pending {
    admin::command what = admin::command::load;
    std::string role;
    bool begun = false;  ///< the role has been seen on its way
    double since = 0;
  };
  std::vector<pending> commands;

  /// Shown for some seconds.
  void say(std::string text, look how = look::plain);
};

/// One step; `now` in seconds since the same moment as ever.
[[nodiscard]] std::vector<top_action> step(top_state& state, const top_event& event, double now);

/// The roles in the order in which they are shown.
[[nodiscard]] std::vector<const admin::role_status*> sorted_roles(const top_state& state);
/// Nothing without a fleet or without roles in it.
[[nodiscard]] const admin::role_status* selected_role(const top_state& state);

}  // namespace rolecall::rolectl
