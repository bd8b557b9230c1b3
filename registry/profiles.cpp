#include "registry/profiles.hpp"

#include <algorithm>
#include <array>

namespace rolecall::registry {

namespace {

constexpr profile_role frontdoor{tier::hot, "frontdoor", "Qwen3-Coder-30B Q4", 18,
                                 "qwen3-coder-30b-a3b"};
constexpr profile_role coder{tier::hot, "coder_escalation", "Qwen2.5-Coder-32B Q4", 20,
                             "qwen2.5-coder-32b"};
constexpr profile_role small_workers{tier::hot, "workers", "Qwen2.5-7B Q4", 4, "qwen2.5-7b-q4"};
constexpr profile_role draft{tier::draft, "draft", "Qwen2.5-Coder-0.5B Q8", 0.5,
                             "qwen2.5-coder-0.5b"};
constexpr profile_role vision{tier::hot, "worker_vision", "Qwen2.5-VL-7B Q4", 5, "qwen2.5-vl-7b"};
constexpr profile_role ingest{tier::warm, "ingest", "Qwen3-Next-80B Q4", 46, "qwen3-next-80b-a3b"};
constexpr profile_role architect{tier::warm, "architect_general", "Qwen3-235B Q4", 133,
                                 "qwen3-235b-a22b"};
/// The field guide counts the draft with its workers: 16 GB for both.
constexpr profile_role large_workers{tier::hot, "workers", "Qwen2.5-7B f16", 15.5, "qwen2.5-7b"};

constexpr std::array development_roles{
    profile_role{tier::hot, "all roles", "Qwen2.5-Coder-0.5B Q8", 0.5, "qwen2.5-coder-0.5b"}};
constexpr std::array minimal_roles{
    profile_role{tier::hot, "all roles", "Qwen2.5-7B-Instruct Q4", 4, "qwen2.5-7b-q4"}};
constexpr std::array basic_roles{frontdoor, coder, small_workers, draft};
constexpr std::array standard_roles{frontdoor, coder,  small_workers, vision,
                                    draft,     ingest, architect};
constexpr std::array production_roles{frontdoor, coder,     large_workers, draft,
                                      vision,    architect, ingest};
/// The last two have no size in the field guide: theirs is the formula's (30B Q4_K_M; six of 335M
/// in F16).
constexpr std::array full_roles{
    frontdoor,
    coder,
    large_workers,
    draft,
    vision,
    architect,
    profile_role{tier::warm, "architect_coding", "Qwen3-Coder-480B Q4", 271,
                 "qwen3-coder-480b-a35b"},
    ingest,
    profile_role{tier::warm, "vision_escalation", "Qwen3-VL-30B Q4", 16.5, "qwen3-vl-30b-a3b"},
    profile_role{tier::hot, "embedder", "BGE-large F16, six", 4.4, "bge-large-en-v1.5"}};

constexpr profile development{"Development", 24, development_roles,
                              "One small model answers for every role", ""};
constexpr std::array profile_table{
    profile{"Minimal", 64, minimal_roles,
            "One 7B serves every role: no escalation, no parallel workers", ""},
    profile{"Basic", 128, basic_roles, "Front door, coder and workers; no architects", ""},
    profile{"Standard", 256, standard_roles, "The HOT tier, and ingest or one architect",
            "The field guide's rows under \"Total HOT ~48 GB\" add up to 93.5 GB. 48 is what they "
            "come to "
            "without ingest (47.5 GB), so ingest is WARM here, and takes turns with the architect "
            "that the field guide has in mind for the rest."},
    profile{"Production", 512, production_roles, "The HOT tier, architect_general and ingest", ""},
    profile{
        "Full", 1024, full_roles, "Every role, the 480B architect included",
        "The field guide's assessment promises this from 512 GB on, but 238 + 271 = 509 GB is more "
        "than the 419.2 GB that 512 GB leave for models: there the architects take turns."},
};

constexpr std::array<std::string_view, 6> keep_longest{
    "frontdoor", "workers", "coder_escalation", "ingest", "architect_general", "architect_coding"};

constexpr std::array<std::string_view, 4> steps_up{
    "larger quantisations: Q6_K, Q8_0", "more worker instances: several `ports` of one role",
    "more KV cache: a larger `context`, more `slots`",
    "WARM models kept loaded: `tier: hot`, or `rolectl pin ROLE`"};

/// Place in scale-down order: drafts right behind the roles that use them, roles that the order
/// does not name last.
std::size_t rank_of(const profile_role& r) noexcept {
  const auto name = r.level == tier::draft ? std::string_view("coder_escalation") : r.role;
  return static_cast<std::size_t>(std::ranges::find(keep_longest, name) - keep_longest.begin());
}

std::string room_for(const profile_fit& needed, double available) {
  return "HOT roles and the largest WARM one would need " + format_gb(needed.in_turn()) + ", " +
         format_gb(needed.in_turn() - available) + " more than the " + format_gb(available) +
         " available";
}

}  // namespace

std::span<const profile> profiles() noexcept { return profile_table; }

const profile& development_profile() noexcept { return development; }

const profile& profile_for(host_class value) noexcept {
  switch (value) {
    case host_class::dev_only:
      return development;
    case host_class::minimal:
      return profile_table[0];
    case host_class::basic:
      return profile_table[1];
    case host_class::standard:
      return profile_table[2];
    case host_class::production:
      return profile_table[3];
    case host_class::full:
      return profile_table[4];
  }
  return development;
}

profile_fit fit_of(std::span<const profile_role> roles) noexcept {
  profile_fit fit;
  for (const auto& r : roles) {
    fit.all += r.size;
    if (r.level == tier::warm)
      fit.largest_warm = std::max(fit.largest_warm, r.size);
    else
      fit.hot += r.size;
  }
  return fit;
}

std::vector<std::string> objections(std::span<const profile_role> roles,
                                    const model_budget& budget) {
  std::vector<std::string> found;
  const auto fit = fit_of(roles);
  const auto available = budget.available_for_models;
  if (fit.in_turn() > available)
    found.push_back(room_for(fit, available));
  else if (fit.all > available)
    found.push_back("All roles together need " + format_gb(fit.all) + ", " +
                    format_gb(fit.all - available) + " more than the " + format_gb(available) +
                    " available: WARM roles take turns");
  if (fit.hot > budget.hot_tier_budget)
    found.push_back("HOT roles need " + format_gb(fit.hot) +
                    ", the field guide's HOT budget of 10% is " +
                    format_gb(budget.hot_tier_budget) +
                    ": the calculator's shares are not enforced, what is available is");
  return found;
}

std::span<const std::string_view> scale_down_order() noexcept { return keep_longest; }

std::span<const std::string_view> scale_up_steps() noexcept { return steps_up; }

recommendation recommend(double ram, double tree_ram) {
  recommendation result;
  result.answer = &class_of(tree_ram);
  result.budget = calculate_budget(ram);
  result.base = &profile_for(result.answer->value);
  std::vector<profile_role> by_rank(result.base->roles.begin(), result.base->roles.end());
  std::ranges::stable_sort(by_rank, {}, rank_of);
  std::vector<std::string_view> admitted;
  for (const auto& candidate : by_rank) {
    result.kept.push_back(candidate);
    const auto fit = fit_of(result.kept);
    if (fit.in_turn() <= result.budget.available_for_models) {
      admitted.push_back(candidate.role);
      continue;
    }
    result.kept.pop_back();
    result.left_out.push_back({candidate, room_for(fit, result.budget.available_for_models)});
  }
  result.kept.clear();
  for (const auto& r : result.base->roles)
    if (std::ranges::find(admitted, r.role) != admitted.end()) result.kept.push_back(r);
  return result;
}

}  // namespace rolecall::registry
