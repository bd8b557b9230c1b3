#include "orchestrator/residency/catalogue.hpp"

#include "orchestrator/residency/holdings.hpp"

#include <algorithm>
#include <stdexcept>

namespace rolecall::residency {

namespace {

holdings hot_beside(const catalogue& known, role_id serving) {
  holdings held(known);
  for (instance_id id = 0; id < known.instances.size(); ++id)
    if (known.is_hot(id) && known.instances[id].role != serving) held.add(id);
  return held;
}

}  // namespace

byte_count catalogue::bytes_of(instance_id id) const { return holdings(*this).added_by(id); }

byte_count catalogue::hot_footprint_beside(role_id serving) const {
  return hot_beside(*this, serving).bytes();
}

byte_count catalogue::room_for(instance_id id) const {
  const auto& known = instances[id];
  const auto taken = hot_beside(*this, known.role).bytes_with(id) - known.footprint;
  return budget - std::min(budget, taken);
}

std::vector<instance_id> catalogue::affordable(role_id asked) const {
  std::vector<instance_id> list;
  if (roles[asked].retired) return list;
  auto held = hot_beside(*this, serving_role(asked));
  for (const auto id : roles[asked].instances) {
    held.add(id);
    if (held.bytes() > budget) break;
    list.push_back(id);
  }
  return list;
}

catalogue checked(catalogue known) {
  const auto reject = [](const std::string& what) {
    throw std::invalid_argument("cannot plan residency: " + what);
  };
  for (const auto& role : known.roles) {
    if (role.instances.empty()) reject("role " + role.name + " has no instance");
    for (const auto id : role.instances)
      if (id >= known.instances.size()) reject("role " + role.name + " lists an unknown instance");
  }
  for (instance_id id = 0; id < known.instances.size(); ++id) {
    const auto& instance = known.instances[id];
    const bool is_listed = instance.role < known.roles.size() &&
                           std::ranges::count(known.roles[instance.role].instances, id) == 1;
    if (!is_listed && !(instance.retired && instance.role < known.roles.size()))
      reject("instance " + instance.name + " is not listed by the role that it serves");
    for (const auto before : instance.after)
      if (before >= known.instances.size() || !known.instances[before].retired)
        reject("instance " + instance.name + " comes after one that is not retired");
    for (const auto file : instance.files) {
      if (file >= known.files.size()) reject("instance " + instance.name + " maps an unknown file");
      if (std::ranges::count(instance.files, file) != 1)
        reject("instance " + instance.name + " lists the file " + known.files[file].path +
               " twice");
    }
  }
  return known;
}

}  // namespace rolecall::residency
