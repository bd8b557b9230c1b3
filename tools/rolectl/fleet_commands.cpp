#include "tools/rolectl/fleet_commands.hpp"

#include "orchestrator/admin/status_reader.hpp"
#include "tools/rolectl/memory_view.hpp"
#include "tools/rolectl/plan_view.hpp"
#include "tools/rolectl/reload_view.hpp"
#include "tools/rolectl/signal_inbox.hpp"
#include "tools/rolectl/status_view.hpp"

#include <chrono>
#include <csignal>
#include <optional>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

constexpr std::chrono::seconds watch_interval{1};

exit_code print(std::string_view text) {
  // A reader who has seen enough is no failure.
  (void)write_all(STDOUT_FILENO, text);
  return exit_code::done;
}

exit_code watch_status(admin_client& client) {
  if (!screen_of(STDOUT_FILENO).draws) {
    (void)write_all(STDERR_FILENO,
                    "rolectl: --watch needs a terminal that moves its cursor; use --json in "
                    "scripts\n");
    return exit_code::usage;
  }
  signal_inbox resized{SIGWINCH};
  bool has_answered = false;
  std::optional<admin::fleet_status> status;
  std::string failure_text;
  while (true) {
    try {
      status = client.status();
      has_answered = true;
    } catch (const unreachable& failure) {
      // A daemon that restarts comes back; one that was never there is a mistake.
      if (!has_answered) throw;
      status.reset();
      failure_text = failure.what();
    }
    const auto deadline = std::chrono::steady_clock::now() + watch_interval;
    do {
      const auto on = screen_of(STDOUT_FILENO);
      const auto text =
          status ? status_text(*status, on) : painted(cut(failure_text, on), look::bad, on) + "\n";
      if (!write_all(STDOUT_FILENO, redrawn(text, on))) return exit_code::done;
    } while (resized.came_before(deadline));
  }
}

}  // namespace

exit_code run_status(admin_client& client, const status_options& options) {
  if (options.watch) return watch_status(client);
  if (options.json) return print(client.get("/admin/status") + "\n");
  return print(status_text(client.status(), screen_of(STDOUT_FILENO)));
}

exit_code run_memory(admin_client& client, const memory_options& options) {
  const auto on = screen_of(STDOUT_FILENO);
  if (options.role.empty())
    return print(options.json ? client.get("/admin/memory") + "\n"
                              : memory_text(client.status(), on));
  const auto role = client.role(options.role);
  return print(options.json ? to_json(role) + "\n" : memory_text(role, on));
}

exit_code run_plan_load(admin_client& client, const plan_options& options) {
  const auto text = client.get("/admin/roles/" + percent_encoded(options.role) + "/plan");
  if (options.json) return print(text + "\n");
  const auto plan = admin::read_load_plan(text);
  if (!plan) throw refused("the daemon's answer is no plan: " + text);
  return print(plan_text(*plan, screen_of(STDOUT_FILENO)));
}

exit_code run_reload(admin_client& client, const reload_command& options) {
  http_call call;
  call.method = "POST";
  call.target = std::string{"/admin/reload?dry_run="} + (options.dry_run ? "true" : "false") +
                "&force=" + (options.force ? "true" : "false");
  call.patience.reset();  // it reads the headers of every model
  const auto text = client.call(call).body;
  if (options.json) return print(text + "\n");
  const auto plan = admin::read_reload_plan(text);
  if (!plan) throw refused("the daemon's answer is no plan: " + text);
  return print(reload_text(*plan, screen_of(STDOUT_FILENO)));
}

exit_code run_roles(admin_client& client) {
  std::string names;
  for (const auto& role : client.status().roles) names += role.name + "\n";
  return print(names);
}

}  // namespace rolecall::rolectl
