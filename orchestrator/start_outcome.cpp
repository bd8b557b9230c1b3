#include "orchestrator/start_outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rolecall {
namespace {

bool is_settled(const admin::instance_status& instance) {
  return instance.state == "ready" || instance.state == "failed";
}

// Without the lines of the engine's log that may stand behind the first.
std::string trouble_of(const admin::role_status& role, const admin::instance_status& instance) {
  auto text = role.name + ": " + instance.state;
  if (role.instances.size() > 1) text += ' ' + instance.name;
  if (!instance.reason.empty())
    text += " (" + instance.reason.substr(0, instance.reason.find('\n')) + ')';
  return text;
}

}  // namespace

start_outcome outcome_of(const admin::fleet_status& status) {
  start_outcome outcome{.ready = 0, .trouble = {}, .is_settled = true};
  for (const auto& role : status.roles) {
    if (role.tier != "hot") continue;
    const auto failed = std::ranges::find(role.instances, "failed", &admin::instance_status::state);
    if (!std::ranges::all_of(role.instances, is_settled))
      outcome.is_settled = false;
    else if (failed == role.instances.end())
      ++outcome.ready;
    else
      outcome.trouble.push_back(trouble_of(role, *failed));
  }
  return outcome;
}

boost::asio::awaitable<void> await_start(admin::fleet& fleet,
                                         std::function<void(const start_outcome&)> tell) {
  std::uint64_t seen = 0;
  bool is_told = false;
  for (;;) {
    const auto events = fleet.events_after(seen);
    if (!events.empty()) seen = events.back().id;
    const auto outcome = outcome_of(fleet.status());
    const bool is_ready = outcome.is_settled && outcome.trouble.empty();
    if (is_ready || (outcome.is_settled && !std::exchange(is_told, true))) tell(outcome);
    if (is_ready) co_return;
    co_await fleet.event_after(seen);
  }
}

}  // namespace rolecall
