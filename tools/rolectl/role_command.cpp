#include "orchestrator/admin/command.hpp"
#include "orchestrator/admin/status_reader.hpp"
#include "registry/quantities.hpp"
#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/screen.hpp"
#include "tools/rolectl/sse_reader.hpp"
#include "tools/rolectl/status_view.hpp"

#include <future>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

constexpr std::chrono::milliseconds progress_interval{250};

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
  progress(admin_client client, std::string role, const screen& on)
      : client_(std::move(client)), role_(std::move(role)), on_(on) {
    for (const auto& event : events()) seen_ = event.id;
  }

  void update() {
    std::string text = "\r\033[K";
    for (const auto& event : events()) {
      seen_ = event.id;
      text += event_line(event, on_);
    }
    const auto role = client_.role(role_);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_);
    (void)write_all(STDERR_FILENO, text + role.name + ": " + state_words(role) + ", " +
                                       registry::format_elapsed(seconds));
  }

  void clear() const { (void)write_all(STDERR_FILENO, "\r\033[K"); }

 private:
  std::vector<admin::fleet_event> events() {
    std::vector<admin::fleet_event> result;
    sse_reader reader;
    const auto body = client_.get("/admin/events?follow=false&after=" + std::to_string(seen_));
    for (const auto& event : reader.feed(body))
      if (auto known = admin::read_fleet_event(event.data); known && known->id > seen_)
        result.push_back(*std::move(known));
    return result;
  }

  admin_client client_;
  std::string role_;
  screen on_;
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

void wait_with_progress(admin_client& client, const command_options& options) {
  const auto on = screen_of(STDERR_FILENO);
  // Asked first: an unknown role or an absent daemon is told without a progress line.
  progress view{client, client.role(options.role).name, on};
  auto answer = std::async(std::launch::async,
                           [client, call = command_call(options)]() mutable { client.call(call); });
  while (answer.wait_for(progress_interval) != std::future_status::ready) {
    try {
      view.update();
    } catch (const std::runtime_error&) {
      // The command's own answer tells what became of the daemon.
      answer.wait();
    }
  }
  view.clear();
  answer.get();
}

}  // namespace

exit_code run_command(admin_client& client, const command_options& options) {
  if (options.wait && screen_of(STDERR_FILENO).is_terminal)
    wait_with_progress(client, options);
  else
    client.call(command_call(options));
  (void)write_all(STDOUT_FILENO, result_line(client.role(options.role), options));
  return exit_code::done;
}

}  // namespace rolecall::rolectl
