#pragma once

#include "registry/registry.hpp"
#include "registry/sizing.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// The field guide's recommended configurations, with their fit computed instead of believed.

namespace rolecall::registry {

/// A row of a profile: what one role's model takes by the profile's own figures.
struct profile_role {
  tier level = tier::hot;
  std::string_view role;   ///< "frontdoor", "workers" … as the field guide names it
  std::string_view title;  ///< "Qwen3-Coder-30B Q4"
  double size = 0;         ///< GB
  std::string_view model;  ///< its name in a registry
};

struct profile {
  std::string_view name;
  double ram = 0;  ///< GB of the host it is meant for
  std::span<const profile_role> roles;
  std::string_view purpose;
  std::string_view remark;  ///< where the field guide's figures contradict each other; may be empty
};

/// Minimal, Basic, Standard, Production, Full.
[[nodiscard]] std::span<const profile> profiles() noexcept;
/// The answer below 32 GB: one model of 0.5B for every role.
[[nodiscard]] const profile& development_profile() noexcept;
/// The profile that the decision tree leads to.
[[nodiscard]] const profile& profile_for(host_class value) noexcept;

/// HOT roles stay, WARM ones come one after the other when asked for.
struct profile_fit {
  double hot = 0;           ///< GB of all HOT roles, drafts included
  double largest_warm = 0;  ///< GB of the largest WARM role
  double all = 0;           ///< GB of everything

  [[nodiscard]] double in_turn() const noexcept { return hot + largest_warm; }
};
[[nodiscard]] profile_fit fit_of(std::span<const profile_role> roles) noexcept;

/// Where `roles` and `budget` disagree, a sentence with the numbers each: more HOT roles than the
/// field guide's 10 %, not everything at once, not even in turn.
[[nodiscard]] std::vector<std::string> objections(std::span<const profile_role> roles,
                                                  const model_budget& budget);

/// What to keep longest when memory is short; roles that it leaves out go first.
[[nodiscard]] std::span<const std::string_view> scale_down_order() noexcept;
/// What to do with more memory than a profile needs.
[[nodiscard]] std::span<const std::string_view> scale_up_steps() noexcept;

/// A role of the profile for which there is no room beside those that matter more.
struct omission {
  profile_role role;
  std::string reason;
};

struct recommendation {
  const host_class_row* answer = nullptr;
  model_budget budget;
  const profile* base = nullptr;
  std::vector<profile_role> kept;  ///< in the profile's order; together they fit in turn
  std::vector<omission> left_out;
};

/// The decision tree's profile for a host with `ram` GB, and what of it fits: roles are admitted in
/// scale-down order while HOT roles and the largest WARM one stay within available_for_models.
/// `tree_ram` is what the thresholds are compared with; see class_of.
[[nodiscard]] recommendation recommend(double ram, double tree_ram);

}  // namespace rolecall::registry
