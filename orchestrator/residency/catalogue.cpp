#include "orchestrator/residency/catalogue.hpp"

#include <algorithm>
#include <stdexcept>

namespace rolecall::residency {

byte_count catalogue::hot_footprint_beside(role_id serving) const {
  byte_count sum = 0;
  for (instance_id id = 0; id < instances.size(); ++id)
    if (is_hot(id) && instances[id].role != serving) sum += instances[id].footprint;
  return sum;
}

std::vector<instance_id> catalogue::affordable(role_id asked) const {
  std::vector<instance_id> list;
  auto sum = hot_footprint_beside(serving_role(asked));
  for (const auto id : roles[asked].instances) {
    sum += instances[id].footprint;
    if (sum > budget) break;
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
    if (instance.role >= known.roles.size() ||
        std::ranges::count(known.roles[instance.role].instances, id) != 1)
      reject("instance " + instance.name + " is not listed by the role that it serves");
  }
  return known;
}

}  // namespace rolecall::residency
