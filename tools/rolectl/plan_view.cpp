#include "tools/rolectl/plan_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/status_view.hpp"
#include "tools/rolectl/table.hpp"

namespace rolecall::rolectl {

std::string plan_text(const admin::load_plan& plan, const screen& on) {
  using registry::format_bytes;
  std::string text = plan.verdict + "\n";
  if (plan.held_bytes > 0)
    text += "besides " + format_bytes(plan.held_bytes) +
            " of mapped files that are in memory for other roles already\n";
  if (plan.victims.empty()) return text;
  table victims{{{"LEAVES"}, {"IDLE", side::right}, {"FREES", side::right}, {"REASON"}}};
  for (const auto& v : plan.victims)
    victims.add({{v.instance, look::bold},
                 {age_words(v.idle_seconds)},
                 {format_bytes(v.freed_bytes)},
                 {v.reason}});
  return text + "\n" + victims.text(on);
}

}  // namespace rolecall::rolectl
