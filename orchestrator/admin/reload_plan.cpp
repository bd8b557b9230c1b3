#include "orchestrator/admin/reload_plan.hpp"

#include "orchestrator/admin/json_text.hpp"

#include <algorithm>

namespace rolecall::admin {
namespace {

using change = reload_plan::change;

void write(json_text& json, std::string_view name,
           const std::vector<reload_plan::setting>& settings) {
  json.key(name).begin_array();
  for (const auto& s : settings) {
    json.begin_object();
    json.member("key", s.key);
    json.member("before", s.before);
    json.member("after", s.after);
    json.member("waits_for_restart", s.waits);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

const char* to_string(change what) noexcept {
  switch (what) {
    case change::unchanged:
      return "unchanged";
    case change::now:
      return "now";
    case change::restart:
      return "restart";
    case change::added:
      return "added";
    case change::removed:
      return "removed";
  }
  return "";
}

bool reload_plan::is_empty() const noexcept {
  return host.empty() && std::ranges::all_of(roles, [](const role& r) {
           return r.what == change::unchanged && r.settings.empty();
         });
}

std::string summary(const reload_plan& plan) {
  std::string text;
  const auto count = [&](change what, const char* one, const char* many) {
    const auto n = std::ranges::count(plan.roles, what, &reload_plan::role::what);
    if (n == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(n) + (n == 1 ? " role " : " roles ") +
            (n == 1 ? one : many);
  };
  count(change::restart, "restarts", "restart");
  count(change::added, "is added", "are added");
  count(change::removed, "is removed", "are removed");
  count(change::now, "changes now", "change now");
  count(change::unchanged, "is unchanged", "are unchanged");
  const auto waiting = [](const auto& settings) {
    return std::ranges::count(settings, true, &reload_plan::setting::waits);
  };
  auto waits = waiting(plan.host);
  const auto at_once = std::ranges::ssize(plan.host) - waits;
  for (const auto& role : plan.roles) waits += waiting(role.settings);
  if (at_once > 0)
    text += "; " + std::to_string(at_once) + (at_once == 1 ? " setting" : " settings") +
            " of the host " + (at_once == 1 ? "changes" : "change");
  if (waits > 0)
    text += "; " + std::to_string(waits) + (waits == 1 ? " setting waits" : " settings wait") +
            " for a restart of rolecalld";
  return text;
}

std::string to_json(const reload_plan& plan) {
  json_text json;
  json.begin_object();
  json.member("applied", plan.applied);
  json.member("generation", plan.generation);
  json.member("summary", summary(plan));
  json.key("roles").begin_array();
  for (const auto& role : plan.roles) {
    json.begin_object();
    json.member("name", role.name);
    json.member("tier", role.tier);
    json.member("change", to_string(role.what));
    json.member("why", role.why);
    write(json, "settings", role.settings);
    json.end_object();
  }
  json.end_array();
  write(json, "host", plan.host);
  json.member("notes", plan.notes);
  json.end_object();
  return json.text();
}

}  // namespace rolecall::admin
