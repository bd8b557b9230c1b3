#include "tools/rolectl/request_commands.hpp"

#include "tools/rolectl/request_view.hpp"

#include <chrono>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

exit_code print(std::string_view text) {
  // A reader who has seen enough is no failure.
  (void)write_all(STDOUT_FILENO, text);
  return exit_code::done;
}

std::vector<request_record> requests_of(const std::string& json) {
  auto requests = read_requests(json);
  if (!requests) throw refused("the daemon's answer is no list of requests");
  return *std::move(requests);
}

}  // namespace

exit_code run_requests(admin_client& client, const requests_options& options) {
  auto target = "/admin/requests?limit=" + std::to_string(options.limit);
  if (!options.role.empty()) target += "&role=" + percent_encoded(options.role);
  if (options.slow) target += "&slow=true";
  const auto text = client.get(target);
  if (options.json) return print(text + "\n");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return print(requests_text(requests_of(text),
                             std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                             screen_of(STDOUT_FILENO)));
}

exit_code run_trace(admin_client& client, const trace_options& options) {
  const auto text = client.get("/admin/requests/" + percent_encoded(options.id));
  if (options.json) return print(text + "\n");
  std::string pages;
  for (const auto& request : requests_of(text))
    pages += (pages.empty() ? "" : "\n") + trace_text(request, screen_of(STDOUT_FILENO));
  return print(pages);
}

}  // namespace rolecall::rolectl
