#include "orchestrator/admin/command.hpp"
#include "orchestrator/admin/status_reader.hpp"
#include "registry/quantities.hpp"
#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/interruption.hpp"
#include "tools/rolectl/load_progress.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/sse_reader.hpp"

#include <future>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

constexpr std::chrono::milliseconds progress_interval{250};
constexpr const char* blank_line = "\r\033[K";

http_call command_call(const command_options& options) {
  http_call call{"POST", "/admin/roles/" + percent_encoded(options.role) + "/", {}, {}};
  call.target.append(admin::to_string(options.what));
  call.target += options.wait ? "?wait=true" : "?wait=false";
  if (options.force) call.target += "&force=true";
  // A load takes as long as its weights take to read: the daemon knows when it has stalled.
  if (!options.wait) call.patience = std::chrono::seconds{30};
  return call;
}

/// Tells on a terminal what happens to the fleet while a command is waited for.
class progress {
 public:
  /// `interrupt`: as in http_call; of update().
  progress(admin_client client, std::string role, int interrupt)
      : client_(std::move(client)), role_(std::move(role)) {
    for (const auto& event : events()) seen_ = event.id;
    interrupt_ = interrupt;
  }

  /// Events above, how far it is below.
  void update() {
    const auto on = screen_of(STDERR_FILENO);
    std::string text = blank_line;
    for (const auto& event : events()) {
      seen_ = event.id;
      text += event_line(event, on);
    }
    const auto role = admin::read_role_status(get("/admin/roles/" + percent_encoded(role_)));
    if (role) text += progress_line(*role, std::chrono::steady_clock::now() - begun_, on);
    (void)write_all(STDERR_FILENO, text);
  }

  void clear() const { (void)write_all(STDERR_FILENO, blank_line); }

 private:
  std::string get(std::string target) {
    http_call call;
    call.target = std::move(target);
    call.interrupt = interrupt_;
    return client_.call(call).body;
  }

  std::vector<admin::fleet_event> events() {
    std::vector<admin::fleet_event> result;
    sse_reader reader;
    const auto body = get("/admin/events?follow=false&after=" + std::to_string(seen_));
    for (const auto& event : reader.feed(body))
      if (auto known = admin::read_fleet_event(event.data); known && known->id > seen_)
        result.push_back(*std::move(known));
    return result;
  }

  admin_client client_;
  std::string role_;
  std::optional<int> interrupt_;
  std::uint64_t seen_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

std::string result_line(const admin::role_status& role, const command_options& options) {
  std::string line = role.name + ": " + state_words(role);
  if (!options.wait && options.what != admin::command::pin && options.what != admin::command::unpin)
    line += std::string{", "}.append(admin::to_string(options.what)).append(" under way");
  if (role.pinned) line += ", pinned";
  if (options.wait && !role.instances.empty() && role.instances.front().load_seconds &&
      admin::state_of(role) == "ready")
    line += ", loaded in " + registry::format_elapsed(std::chrono::duration<double>(
                                 *role.instances.front().load_seconds));
  return line + "\n";
}

/// What becomes of a command that is not waited for any more.
std::string interrupted_line(const std::string& role, admin::command what) {
  const std::string word{admin::to_string(what)};
  std::string line = "rolectl: interrupted; the " + word + " of " + role + " goes on";
  if (what == admin::command::load || what == admin::command::restart)
    line += "; to stop it: rolectl unload " + role;
  return line + "\n";
}

/// False when Ctrl-C ended the waiting. Throws what the command throws.
bool wait_with_progress(admin_client& client, const command_options& options) {
  // Asked first: an unknown role or an absent daemon is told without a progress line.
  const auto role = client.role(options.role).name;
  const interruption interrupted;
  progress view{client, role, interrupted.descriptor()};
  auto call = command_call(options);
  call.interrupt = interrupted.descriptor();
  if (interrupted.came()) return false;  // nothing was asked for yet
  auto answer =
      std::async(std::launch::async, [client, call]() mutable { (void)client.call(call); });
  // An interruption ends the calls, so the answer comes at once.
  while (answer.wait_for(progress_interval) != std::future_status::ready) {
    try {
      view.update();
    } catch (const std::runtime_error&) {
      // The command's own answer tells what became of the daemon.
      answer.wait();
    }
  }
  view.clear();
  try {
    answer.get();
  } catch (const unreachable&) {
    if (!interrupted.came()) throw;
    (void)write_all(STDERR_FILENO, interrupted_line(role, options.what));
    return false;
  }
  return true;
}

}  // namespace

exit_code run_command(admin_client& client, const command_options& options) {
  if (!options.wait || !screen_of(STDERR_FILENO).draws)
    client.call(command_call(options));
  else if (!wait_with_progress(client, options))
    return exit_code::interrupted;
  (void)write_all(STDOUT_FILENO, result_line(client.role(options.role), options));
  return exit_code::done;
}

}  // namespace rolecall::rolectl
