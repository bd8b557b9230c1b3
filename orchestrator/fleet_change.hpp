#pragma once

#include "orchestrator/admin/reload_plan.hpp"
#include "orchestrator/bound_door.hpp"
#include "orchestrator/fleet_plan.hpp"

#include <optional>
#include <string>
#include <vector>

// What becomes of a fleet when its registry changes. Pure: plans in, plans out.

namespace rolecall {

/// What of an instance's process would have to be another one: its name, port, command line,
/// environment, model files or control group; for people. Empty: the process may stay. What has no
/// process at all (a broken role) stays as well.
[[nodiscard]] std::string process_difference(const fleet_plan& present,
                                             residency::instance_id before, const fleet_plan& next,
                                             residency::instance_id after);

/// The present instance, not retired, whose process serves `after` of the next plan.
[[nodiscard]] std::optional<residency::instance_id> instance_to_keep(const fleet_plan& present,
                                                                     const fleet_plan& next,
                                                                     residency::instance_id after);

/// What waits for a restart of rolecalld stays in `next` as it is at present: keys of the host, and
/// the doors of roles. `doors`: those that are bound, also of roles that are not in the present
/// registry.
void keep_until_restart(registry::model_registry& next, const registry::model_registry& present,
                        const std::vector<bound_door>& doors);

/// What applying `next` changes. `written` is the registry as it was read; `next` is planned from
/// it after keep_until_restart().
[[nodiscard]] admin::reload_plan plan_change(const fleet_plan& present, const fleet_plan& next,
                                             const registry::model_registry& written);

/// Roles that run at present, or are new, and could not run by the next plan, one text each with
/// its place in the file. Roles that are broken already do not count.
[[nodiscard]] std::vector<std::string> newly_broken(const fleet_plan& present,
                                                    const fleet_plan& next);

/// The next plan under the present ids: roles keep theirs by name, instances whose process stays
/// keep theirs with gate and upstream, everything else of the present plan is retired. New
/// instances take the places for which `is_free` holds (by instance_id: retired, gone and without a
/// lease), or come last. `present.catalogue` must have the footprints of now.
[[nodiscard]] fleet_plan continue_plan(fleet_plan present, fleet_plan next,
                                       const std::vector<bool>& is_free);

}  // namespace rolecall
