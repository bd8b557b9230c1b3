#include "fleet_model.hpp"

#include <algorithm>

// The registry changes under a fleet that lives.

namespace rolecall::residency::tests {

// The place of a process that is gone, or a new one at the end.
instance_id fleet_model::free_place(catalogue& next) const {
  for (instance_id id = 0; id < known_.instances.size(); ++id)
    if (known_.instances[id].retired && next.instances[id].retired &&
        processes_[id] == process::none && gates_[id].leases() == 0)
      return id;
  next.instances.push_back({.name = "new", .retired = true});
  return static_cast<instance_id>(next.instances.size() - 1);
}

void fleet_model::remove_role(catalogue& next, role_id role) {
  for (role_id other = 0; other < next.roles.size(); ++other)
    if (next.serving_role(other) == role) next.roles[other].retired = true;
  next.roles[role].retired = true;
  for (auto& instance : next.instances)
    if (instance.role == role) instance.retired = true;
}

// Another command line, or processes again for a role that had gone: on ports of its own or on
// those of anybody who leaves.
void fleet_model::replace_instances(catalogue& next, role_id role) {
  catalogue scratch = next;
  scratch.instances.clear();
  scratch.roles[role].instances.clear();
  add_random_instances(scratch, role, random_);
  std::vector<instance_id> leaving;
  for (instance_id id = 0; id < next.instances.size(); ++id) {
    if (next.instances[id].role == role) next.instances[id].retired = true;
    if (next.instances[id].retired && chance(50)) leaving.push_back(id);
  }
  const auto sharing = [&](role_id other) {
    return !next.roles[other].retired && next.serving_role(other) == role;
  };
  std::vector<role_id> served{role};
  for (role_id other = 0; other < next.roles.size(); ++other)
    if (other != role && sharing(other)) served.push_back(other);
  std::vector<instance_id> instances;
  for (auto& made : scratch.instances) {
    const auto id = free_place(next);
    next.instances[id] = made;
    instances.push_back(id);
  }
  std::erase_if(leaving, [&](instance_id id) { return !next.instances[id].retired; });
  for (const auto id : instances) next.instances[id].after = leaving;
  for (const auto other : served) {
    next.roles[other].instances = instances;
    next.roles[other].retired = false;
  }
}

void fleet_model::reload() {
  auto next = known_;
  for (auto& instance : next.instances) instance.after.clear();
  if (chance(30)) next.budget = 8 + below(18);
  if (chance(50) || next.roles.size() > 8) {
    const auto role = static_cast<role_id>(below(next.roles.size()));
    const bool is_own = next.serving_role(role) == role || next.roles[role].retired;
    if (chance(30)) next.roles[role].tier = registry::tier::warm;
    if (chance(40) && is_own)
      remove_role(next, role);
    else if (is_own)
      replace_instances(next, role);
    else
      next.roles[role].retired = true;
  } else {
    add_random_role(next, random_);
  }
  const auto before = known_;
  known_ = next;
  const auto count = known_.instances.size();
  for (instance_id id = 0; id < count; ++id) {
    if (id == gates_.size()) gates_.emplace_back(known_.instances[id].capacity);
    gates_[id].set_capacity(known_.instances[id].capacity);
    if (id < before.instances.size() && before.instances[id].retired &&
        !known_.instances[id].retired)
      evicted_[id] = false;
  }
  processes_.resize(count, process::none);
  unloading_.resize(count, false);
  evicted_.resize(count, false);
  seen_ = activity_now();
  ++steps_;
  const auto actions = planner_.reconfigure(std::move(next), now_, seen_, chance(30));
  if (recording_) {
    recorded_ += "reload\n";
    for (const auto& a : actions) recorded_ += "  " + to_string(a) + "\n";
  }
  check_turns(actions);
  perform(actions);
  check_step(nullptr);
  drive();
}

}  // namespace rolecall::residency::tests
