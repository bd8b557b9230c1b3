#pragma once

#include "orchestrator/admin/command.hpp"
#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <string>

namespace rolecall::rolectl {

// Commands that ask the daemon. Each prints its result on stdout and throws what admin_client
// throws.

struct status_options {
  bool json = false;
  bool watch = false;  ///< redraws every second until interrupted; needs a terminal
};
exit_code run_status(admin_client& client, const status_options& options);

struct command_options {
  admin::command what = admin::command::load;
  std::string role;
  bool wait = true;
  bool force = false;
};
/// With `wait`, tells on a terminal's stderr what happens meanwhile. `interrupted` when Ctrl-C
/// ended the waiting.
exit_code run_command(admin_client& client, const command_options& options);

/// Prints the roles' names, a line each.
exit_code run_roles(admin_client& client);

struct memory_options {
  std::string role;  ///< empty: the whole fleet
  bool json = false;
};
exit_code run_memory(admin_client& client, const memory_options& options);

struct plan_options {
  std::string role;
  bool json = false;
};
/// What `load` would do; changes nothing.
exit_code run_plan_load(admin_client& client, const plan_options& options);

struct reload_command {
  bool dry_run = false;
  bool force = false;  ///< running requests of what leaves have the drain time only
  bool json = false;
};
/// Applies the registry as it is on disk now, or tells what that would do.
exit_code run_reload(admin_client& client, const reload_command& options);

struct chat_options {
  std::string role;
  std::string message;  ///< empty or "-": read from stdin
  int most_tokens = 0;
  std::string key = {};  ///< of the front door; empty: none is shown
};
/// Streams the answer from the front door; timings go to stderr.
exit_code run_chat(admin_client& client, const chat_options& options);

}  // namespace rolecall::rolectl
