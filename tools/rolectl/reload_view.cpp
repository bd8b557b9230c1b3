#include "tools/rolectl/reload_view.hpp"

namespace rolecall::rolectl {
namespace {

using admin::reload_plan;
using change = reload_plan::change;

// What an operator wants to know of it: whose requests are disturbed.
std::string consequence(const reload_plan::role& role) {
  const bool is_hot = role.tier == "hot";
  const bool is_draft = role.tier == "draft";
  switch (role.what) {
    case change::unchanged:
      return "stays as it is";
    case change::now:
      return role.why.empty() ? "changes at once, its processes stay" : "changes at once";
    case change::restart:
      return "restarts: its processes end with the requests that they serve" +
             std::string{is_hot ? ", then it is loaded again" : ", the next request loads it"};
    case change::added:
      return is_draft ? "is new" : is_hot ? "is new and is loaded" : "is new; a request loads it";
    case change::removed:
      if (is_draft) return "is removed";
      return "is removed: who waits is refused" +
             std::string{role.why.empty() ? ", its processes end with the requests that they serve"
                                          : ""};
  }
  return {};
}

look look_of(change what) {
  switch (what) {
    case change::unchanged:
      return look::dim;
    case change::now:
    case change::added:
      return look::good;
    case change::restart:
      return look::busy;
    case change::removed:
      return look::bad;
  }
  return look::dim;
}

std::string setting_lines(const std::vector<reload_plan::setting>& settings, const screen& on) {
  std::string text;
  for (const auto& s : settings)
    text += "    " + tame(s.key + ": " + s.before + " → " + s.after, on) +
            (s.waits ? "  (waits for a restart of rolecalld)" : "") + "\n";
  return text;
}

}  // namespace

std::string reload_text(const reload_plan& plan, const screen& on) {
  std::string text;
  for (const auto& note : plan.notes) text += tame(note, on) + "\n";
  const auto generation = std::to_string(plan.generation);
  if (plan.is_empty())
    return text + (plan.applied ? "nothing differs: the registry is generation " + generation + "\n"
                                : "nothing differs\n");
  if (!plan.host.empty())
    text += painted("host", look::bold, on) + "\n" + setting_lines(plan.host, on);
  for (const auto& role : plan.roles) {
    if (role.what == change::unchanged && role.settings.empty()) continue;
    text += painted(role.name, look::bold, on) + " " +
            painted(consequence(role), look_of(role.what), on) + "\n";
    if (!role.why.empty()) text += "    " + tame(role.why, on) + "\n";
    text += setting_lines(role.settings, on);
  }
  text += "\n" + summary(plan) + "\n";
  return text + (plan.applied ? "applied: the registry is generation " + generation + "\n"
                              : "nothing was changed: `rolectl reload` applies it\n");
}

}  // namespace rolecall::rolectl
