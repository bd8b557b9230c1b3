#include "orchestrator/fleet_change.hpp"

#include "orchestrator/host_difference.hpp"
#include "registry/keys.hpp"
#include "registry/role_settings.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace rolecall {

using admin::reload_plan;
using residency::instance_id;
using residency::role_id;

namespace {

using change = reload_plan::change;

/// The files that a role's processes were or would be started with; of projectors only the sizes
/// are known.
std::vector<registry::mapped_file> files_of(const registry::deployment& deployment,
                                            const registry::role& role) {
  std::vector<registry::mapped_file> files;
  const auto add = [&](std::string_view model) {
    const auto known = deployment.facts.find(model);
    if (known == deployment.facts.end()) return;
    const auto& facts = known->second;
    files.insert(files.end(), facts.files.begin(), facts.files.end());
    if (facts.mmproj) files.push_back({{}, facts.mmproj_bytes, facts.mmproj->string()});
  };
  add(role.model);
  if (const auto* draft = deployment.registry.draft_model(role)) add(draft->name);
  return files;
}

const registry::role& role_of(const fleet_plan& plan, instance_id id) {
  return plan.role(plan.catalogue.instances[id].role);
}

std::vector<std::string> joined_arguments(const launcher::command_line& command) {
  std::vector<std::string> list;
  for (const auto& argument : command.arguments) {
    std::string text;
    for (const auto& word : argument.words) text += (text.empty() ? "" : " ") + word;
    list.push_back(std::move(text));
  }
  return list;
}

std::string those_beside(const std::vector<std::string>& list,
                         const std::vector<std::string>& other) {
  std::string text;
  for (const auto& entry : list)
    if (std::ranges::count(other, entry) == 0) text += (text.empty() ? "" : ", ") + entry;
  return text.empty() ? "nothing" : text;
}

std::string command_difference(const launcher::command_line& before,
                               const launcher::command_line& after) {
  const auto old_list = joined_arguments(before);
  const auto new_list = joined_arguments(after);
  return "its command line differs: " + those_beside(old_list, new_list) + " → " +
         those_beside(new_list, old_list);
}

/// Keys whose values differ, in the order of the role's settings.
std::vector<reload_plan::setting> role_difference(const registry::model_registry& present,
                                                  const registry::role* before,
                                                  const registry::model_registry& next,
                                                  const registry::role& after) {
  constexpr const char* none = "-";
  std::map<std::string, std::string> old_values;
  if (before != nullptr)
    for (auto& s : registry::settings_of(present, *before)) old_values[s.key] = s.value;
  const bool shares = after.shares && (before == nullptr || before->shares);
  const auto is_own = [&](const std::string& key) {
    return !shares || registry::allowed_for_sharing(key.substr(0, key.find('.')));
  };
  std::vector<reload_plan::setting> settings;
  for (const auto& s : registry::settings_of(next, after)) {
    const auto found = old_values.find(s.key);
    const auto was = found == old_values.end() ? std::string{none} : found->second;
    if (found != old_values.end()) old_values.erase(found);
    if (was != s.value && is_own(s.key))
      settings.push_back({s.key, was, s.value, s.key == "listen"});
  }
  for (const auto& [key, value] : old_values)  // "port" where there are "ports" now
    if (value != none && is_own(key)) settings.push_back({key, value, none, false});
  return settings;
}

std::optional<role_id> find_role(const residency::catalogue& known, std::string_view name) {
  for (role_id id = 0; id < known.roles.size(); ++id)
    if (known.roles[id].name == name) return id;
  return std::nullopt;
}

bool has_processes(const registry::role& role) {
  return role.tier != registry::tier::draft && !role.shares;
}

/// What happens to the processes of a role that has some before and after.
void compare_processes(const fleet_plan& present, const fleet_plan& next, reload_plan::role& role) {
  const auto before = present.catalogue.roles[*find_role(present.catalogue, role.name)].instances;
  const auto after = next.catalogue.roles[*find_role(next.catalogue, role.name)].instances;
  std::size_t kept = 0;
  std::string why;
  for (const auto id : after) {
    if (instance_to_keep(present, next, id)) {
      ++kept;
      continue;
    }
    const auto same_name = std::ranges::find_if(before, [&](instance_id old) {
      return present.catalogue.instances[old].name == next.catalogue.instances[id].name;
    });
    if (why.empty() && same_name != before.end())
      why = process_difference(present, *same_name, next, id);
  }
  if (kept == before.size() && kept == after.size()) return;
  const auto count = [](std::size_t n) {
    return std::to_string(n) + (n == 1 ? " instance" : " instances");
  };
  if (kept == 0 || !why.empty()) {
    role.what = change::restart;
    role.why = why.empty() ? "its instances have other names" : why;
    return;
  }
  role.what = change::now;
  role.why = kept < after.size()
                 ? count(after.size() - kept) + " more, the others stay"
                 : count(before.size() - kept) +
                       " less, once the running requests have ended, the others stay";
}

reload_plan::role role_change(const fleet_plan& present, const fleet_plan& next,
                              const registry::model_registry& written,
                              const registry::role& after) {
  const auto& registry = present.deployment.registry;
  const auto* before = registry.find_role(after.name);
  reload_plan::role role{.name = after.name,
                         .tier = std::string{name_of(written.serving_role(after).tier)},
                         .what = change::added,
                         .why = {},
                         .settings = {}};
  if (before == nullptr) {
    // Its doors may still be bound from before it was removed.
    if (after.listen != next.deployment.registry.find_role(after.name)->listen)
      role.settings = role_difference(registry, nullptr, written, after);
    std::erase_if(role.settings, [](const auto& s) { return !s.waits; });
    return role;
  }
  role.settings = role_difference(registry, before, written, after);
  const bool applies = std::ranges::any_of(role.settings, [](const auto& s) { return !s.waits; });
  role.what = applies ? change::now : change::unchanged;
  if (has_processes(*before) && has_processes(after)) {
    compare_processes(present, next, role);
  } else if (has_processes(*before)) {
    role.what = change::restart;
    role.why = "it has no processes of its own any more";
  } else if (has_processes(after)) {
    role.what = change::restart;
    role.why = "it gets processes of its own";
  }
  return role;
}

/// Requests to a role that shares another's processes wait as that one's do.
void restart_sharing_roles(reload_plan& plan, const registry::model_registry& written) {
  for (auto& role : plan.roles) {
    const auto& wanted = *written.find_role(role.name);
    if (!wanted.shares || role.what == change::added || role.what == change::restart) continue;
    const auto serving = std::ranges::find(plan.roles, *wanted.shares, &reload_plan::role::name);
    if (serving->what != change::restart) continue;
    role.what = change::restart;
    role.why = "role " + serving->name + ", which it shares, restarts";
  }
}

}  // namespace

std::string process_difference(const fleet_plan& present, instance_id before,
                               const fleet_plan& next, instance_id after) {
  const auto& was = present.instances[before];
  const auto& is = next.instances[after];
  if (present.catalogue.instances[before].name != next.catalogue.instances[after].name)
    return "its name differs";
  if (!was && !is) return {};
  if (!was) return "it can be run now";
  if (!is) return "it cannot be run: " + is.error();
  if (was->instance.port != is->instance.port)
    return "its port differs: " + std::to_string(was->instance.port) + " → " +
           std::to_string(is->instance.port);
  if (was->command.words() != is->command.words())
    return command_difference(was->command, is->command);
  if (was->command.environment != is->command.environment) return "its environment differs";
  const auto& old_role = role_of(present, before);
  const auto& new_role = role_of(next, after);
  if (was->model != is->model ||
      files_of(present.deployment, old_role) != files_of(next.deployment, new_role))
    return "its model's files are others than those it was planned with";
  if (old_role.cgroup != new_role.cgroup) return "the limits of its control group differ";
  return {};
}

std::optional<instance_id> instance_to_keep(const fleet_plan& present, const fleet_plan& next,
                                            instance_id after) {
  const auto& name = next.catalogue.instances[after].name;
  for (instance_id id = 0; id < present.catalogue.instances.size(); ++id) {
    const auto& known = present.catalogue.instances[id];
    if (known.retired || known.name != name) continue;
    const auto& role = present.catalogue.roles[known.role].name;
    if (role == next.catalogue.roles[next.catalogue.instances[after].role].name &&
        process_difference(present, id, next, after).empty())
      return id;
  }
  return std::nullopt;
}

void keep_until_restart(registry::model_registry& next, const registry::model_registry& present,
                        const std::vector<bound_door>& doors) {
  keep_until_restart(next.host, present.host);
  for (auto& role : next.roles) role.listen = doors_of_role(doors, role.name);
}

reload_plan plan_change(const fleet_plan& present, const fleet_plan& next,
                        const registry::model_registry& written) {
  reload_plan plan;
  plan.host = host_difference(present.deployment.registry.host, written.host);
  for (const auto& role : written.roles)
    plan.roles.push_back(role_change(present, next, written, role));
  restart_sharing_roles(plan, written);
  const auto& registry = present.deployment.registry;
  for (const auto& role : registry.roles)
    if (written.find_role(role.name) == nullptr)
      plan.roles.push_back(
          {.name = role.name,
           .tier = std::string{name_of(registry.serving_role(role).tier)},
           .what = change::removed,
           .why = role.shares ? "its processes are those of role " + *role.shares : std::string{},
           .settings = {}});
  return plan;
}

std::vector<std::string> newly_broken(const fleet_plan& present, const fleet_plan& next) {
  std::vector<std::string> list;
  const auto& registry = next.deployment.registry;
  for (instance_id id = 0; id < next.instances.size(); ++id) {
    if (next.instances[id]) continue;
    const auto& name = role_of(next, id).name;
    const auto before = find_role(present.catalogue, name);
    const bool was_broken = before && !present.catalogue.roles[*before].retired &&
                            !present.instances[present.catalogue.roles[*before].instances.front()];
    if (was_broken) continue;
    const auto where = registry.place("roles." + name);
    auto text = to_string(registry::diagnostic{
        .level = registry::diagnostic::severity::error,
        .file = registry.file.string(),
        .line = where.line,
        .column = where.column,
        .message = "cannot run role " + name + ": " + next.instances[id].error()});
    if (list.empty() || list.back() != text) list.push_back(std::move(text));
  }
  return list;
}

namespace {

/// Carries the next plan over to the present one's places.
class continuation {
 public:
  continuation(fleet_plan& present, fleet_plan& next, const std::vector<bool>& is_free)
      : present_(present), next_(next), is_free_(is_free) {}

  void run() {
    place_roles();
    place_instances();
    renew_roles();
    renew_instances();
    wait_for_ports();
    forget_estimates();
    map_files(present_.catalogue, present_.estimates);
    present_.deployment = std::move(next_.deployment);
    present_.routes = routes_of(present_.deployment, present_.catalogue, present_.upstreams);
  }

 private:
  void place_roles() {
    auto& roles = present_.catalogue.roles;
    for (const auto& role : next_.catalogue.roles) {
      auto id = find_role(present_.catalogue, role.name);
      if (!id) {
        id = static_cast<role_id>(roles.size());
        roles.push_back(role);
      }
      role_places_.push_back(*id);
    }
  }

  void place_instances() {
    const auto count = static_cast<instance_id>(next_.catalogue.instances.size());
    std::vector<bool> taken(present_.catalogue.instances.size(), false);
    for (instance_id id = 0; id < count; ++id) {
      kept_.push_back(instance_to_keep(present_, next_, id));
      if (kept_.back()) taken[*kept_.back()] = true;
    }
    for (instance_id id = 0; id < present_.catalogue.instances.size(); ++id)
      if (!taken[id]) present_.catalogue.instances[id].retired = true;
    instance_id place = 0;
    auto end = static_cast<instance_id>(present_.catalogue.instances.size());
    for (instance_id id = 0; id < count; ++id) {
      if (kept_[id]) {
        instance_places_.push_back(*kept_[id]);
        continue;
      }
      while (place < is_free_.size() && !is_free_[place]) ++place;
      instance_places_.push_back(place < is_free_.size() ? place++ : end++);
    }
    present_.catalogue.instances.resize(end);
    present_.estimates.resize(end);
    present_.fingerprints.resize(end);
    present_.instances.resize(end, fleet_plan::runnable{boost::system::in_place_error, ""});
    present_.upstreams.resize(end);
  }

  void renew_roles() {
    auto& known = present_.catalogue;
    for (auto& role : known.roles) role.retired = true;
    for (role_id id = 0; id < role_places_.size(); ++id) {
      auto& role = known.roles[role_places_[id]];
      role = next_.catalogue.roles[id];
      for (auto& instance : role.instances) instance = instance_places_[instance];
    }
    known.budget = next_.catalogue.budget;
    known.patience = next_.catalogue.patience;
    known.eviction = next_.catalogue.eviction;
  }

  void renew_instances() {
    for (instance_id id = 0; id < instance_places_.size(); ++id) {
      const auto place = instance_places_[id];
      auto& known = present_.catalogue.instances[place];
      known = next_.catalogue.instances[id];
      known.role = role_places_[known.role];
      present_.estimates[place] = next_.estimates[id];
      present_.fingerprints[place] = next_.fingerprints[id];
      present_.instances[place] = std::move(next_.instances[id]);
      if (kept_[id]) continue;
      auto& upstream = present_.upstreams[place];
      if (upstream) present_.former_upstreams.push_back(std::move(upstream));
      upstream = std::move(next_.upstreams[id]);
      upstream->id = place;
    }
  }

  // Nobody starts on a port, or with a name and so a log and a record, that is still in use.
  void wait_for_ports() {
    auto& instances = present_.catalogue.instances;
    for (instance_id id = 0; id < instances.size(); ++id) {
      instances[id].after.clear();
      if (instances[id].retired) continue;
      for (instance_id other = 0; other < instances.size(); ++other)
        if (instances[other].retired &&
            (instances[other].name == instances[id].name ||
             present_.upstreams[other]->port == present_.upstreams[id]->port))
          instances[id].after.push_back(other);
    }
  }

  // What has gone holds nothing.
  void forget_estimates() {
    for (instance_id id = 0; id < is_free_.size(); ++id)
      if (is_free_[id] && present_.catalogue.instances[id].retired) present_.estimates[id] = {};
  }

  fleet_plan& present_;
  fleet_plan& next_;
  const std::vector<bool>& is_free_;
  std::vector<role_id> role_places_;              // by role_id of the next plan
  std::vector<std::optional<instance_id>> kept_;  // by instance_id of the next plan
  std::vector<instance_id> instance_places_;      // by instance_id of the next plan
};

}  // namespace

fleet_plan continue_plan(fleet_plan present, fleet_plan next, const std::vector<bool>& is_free) {
  continuation(present, next, is_free).run();
  return present;
}

}  // namespace rolecall
