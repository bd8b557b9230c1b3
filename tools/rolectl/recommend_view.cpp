#include "tools/rolectl/recommend_view.hpp"

#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/json_writer.hpp"
#include "tools/rolectl/table.hpp"

#include <algorithm>

namespace rolecall::rolectl {
namespace {

using registry::format_gb;
using registry::profile_role;
using registry::recommendation;

bool is_kept(const recommendation& what, const profile_role& r) {
  return std::ranges::find(what.kept, r.role, &profile_role::role) != what.kept.end();
}

std::string role_table(const recommendation& what, const screen& on) {
  table rows{{{"TIER"}, {"ROLE"}, {"MODEL", side::left, 1}, {"SIZE", side::right}, {"FITS"}}};
  for (const auto& r : what.base->roles) {
    const bool kept = is_kept(what, r);
    rows.add({{std::string(tier_word(r.level))},
              {std::string(r.role), look::bold},
              {std::string(r.title)},
              {format_gb(r.size)},
              {kept ? "yes" : "left out", kept ? look::good : look::bad}});
  }
  return rows.text(on);
}

std::string fit_words(const recommendation& what) {
  const auto fit = registry::fit_of(what.kept);
  if (what.kept.empty())
    return "Nothing fits: run the demo's small models (tools/demo), or add memory.";
  auto text = "HOT " + format_gb(fit.hot);
  if (fit.largest_warm > 0)
    text += " + largest WARM " + format_gb(fit.largest_warm) + " = " + format_gb(fit.in_turn());
  text += " of " + format_gb(what.budget.available_for_models) + " available";
  if (fit.all <= what.budget.available_for_models)
    return text + "; all of it can stay loaded (" + format_gb(fit.all) + ").";
  return text + "; WARM roles take turns.";
}

std::string doubts_text(const recommendation& what, const screen& on) {
  std::string text;
  for (const auto& o : what.left_out)
    text += point_text(std::string(o.role.role) + " is left out: with it " + o.reason + ".", on);
  for (const auto& doubt : registry::objections(what.kept, what.budget))
    text += point_text(doubt + ".", on);
  if (!what.base->remark.empty()) text += point_text(what.base->remark, on);
  return text.empty() ? text : title_text("Where the figures disagree", on) + text;
}

std::string profile_table(const recommendation& what, const screen& on) {
  table rows{{{"PROFILE"},
              {"FOR", side::right},
              {"HOT", side::right},
              {"IN TURN", side::right},
              {"ALL", side::right},
              {"HERE"},
              {"PURPOSE", side::left, 1}}};
  for (const auto& p : registry::profiles()) {
    const auto fit = registry::fit_of(p.roles);
    const auto available = what.budget.available_for_models;
    const auto here = fit.all <= available         ? cell{"all at once", look::good}
                      : fit.in_turn() <= available ? cell{"in turn", look::busy}
                                                   : cell{"too large", look::bad};
    rows.add({{std::string(p.name), &p == what.base ? look::bold : look::plain},
              {format_gb(p.ram)},
              {format_gb(fit.hot)},
              {format_gb(fit.in_turn())},
              {format_gb(fit.all)},
              here,
              {std::string(p.purpose), look::dim}});
  }
  return rows.text(on);
}

std::string steps_text(const screen& on) {
  std::string text = title_text("When memory is short, keep longest", on);
  std::string order;
  for (const auto role : registry::scale_down_order())
    order += (order.empty() ? "" : ", ") + std::string(role);
  text += wrapped(order + "; other roles go first.", 0, on);
  text += title_text("When memory is left over", on);
  for (const auto step : registry::scale_up_steps()) text += point_text(step, on);
  return text;
}

}  // namespace

std::string_view tier_word(registry::tier level) {
  switch (level) {
    case registry::tier::hot:
      return "HOT";
    case registry::tier::warm:
      return "WARM";
    case registry::tier::draft:
      return "draft";
  }
  return {};
}

std::string recommend_text(const recommendation& what, const ram_amount& ram, const screen& on) {
  auto text = format_gb(ram.gigabytes) + " (" + ram.source + "), " +
              format_gb(what.budget.available_for_models) + " available for models\n";
  text += "Tier " + painted(what.answer->name, look::bold, on) + ": " +
          std::string(what.answer->decision) + "\n";
  text += title_text("Profile " + std::string(what.base->name), on) + role_table(what, on);
  text += wrapped(fit_words(what), 0, on);
  return text + doubts_text(what, on) + title_text("All profiles on this much memory", on) +
         profile_table(what, on) + steps_text(on) + "\n" +
         painted("A registry for it: rolectl recommend --write FILE", look::dim, on) + "\n";
}

std::string recommend_json(const recommendation& what) {
  json_writer json;
  json.open_object();
  json.add("tier", what.answer->name);
  json.add("decision", what.answer->decision);
  json.add("profile", what.base->name);
  json.add("available_for_models", what.budget.available_for_models);
  json.open_array("roles");
  for (const auto& r : what.base->roles) {
    json.open_object();
    json.add("role", r.role);
    json.add("tier", tier_word(r.level));
    json.add("model", r.title);
    json.add("size_gb", r.size);
    json.add("fits", is_kept(what, r));
    json.close_object();
  }
  json.close_array();
  const auto fit = registry::fit_of(what.kept);
  json.add("hot_gb", fit.hot);
  json.add("in_turn_gb", fit.in_turn());
  json.add("all_gb", fit.all);
  json.add("objections", registry::objections(what.kept, what.budget));
  json.close_object();
  return std::move(json).text();
}

}  // namespace rolecall::rolectl
