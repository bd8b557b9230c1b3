#include "tools/rolectl/log_command.hpp"

#include "tools/rolectl/log_folder.hpp"
#include "tools/rolectl/screen.hpp"

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

/// Names stand before the lines of a role with several processes only.
std::vector<std::string> names_before_lines(const admin::role_status& role) {
  std::vector<std::string> names;
  if (role.instances.size() > 1)
    for (const auto& instance : role.instances) names.push_back(instance.name);
  return names;
}

}  // namespace

exit_code run_logs(admin_client& client, const log_options& options) {
  const auto on = screen_of(STDOUT_FILENO);
  http_call call;
  call.target = "/admin/logs/" + percent_encoded(options.role) +
                "?lines=" + std::to_string(options.lines) + (options.follow ? "&follow=true" : "");
  if (options.follow) call.patience.reset();
  if (!options.fold.value_or(on.is_terminal)) {
    client.call(call,
                [&](std::string_view piece) { return write_all(STDOUT_FILENO, tame(piece, on)); });
    return exit_code::done;
  }
  log_folder folder{names_before_lines(client.role(options.role))};
  client.call(call, [&](std::string_view piece) {
    auto text = folder.take(piece);
    // Who follows is told at once, even if the run goes on.
    if (options.follow) text += folder.end_runs();
    return write_all(STDOUT_FILENO, tame(text, on));
  });
  (void)write_all(STDOUT_FILENO, tame(folder.end(), on));
  return exit_code::done;
}

}  // namespace rolecall::rolectl
