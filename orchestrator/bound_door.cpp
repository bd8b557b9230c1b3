#include "orchestrator/bound_door.hpp"

#include <algorithm>
#include <variant>

namespace rolecall {

std::vector<bound_door> bound_doors(const registry::model_registry& registry) {
  std::vector<bound_door> doors;
  for (const auto& where : registry.host.listen)
    doors.push_back({.role = {}, .key = "host.listen", .where = where});
  for (const auto& where : registry.host.admin)
    if (const auto* tcp = std::get_if<registry::tcp_endpoint>(&where))
      doors.push_back({.role = {}, .key = "host.admin", .where = *tcp});
  for (const auto& role : registry.roles)
    for (const auto& where : role.listen)
      doors.push_back({.role = role.name, .key = "roles." + role.name + ".listen", .where = where});
  return doors;
}

std::vector<registry::tcp_endpoint> doors_of_role(const std::vector<bound_door>& doors,
                                                  std::string_view role) {
  std::vector<registry::tcp_endpoint> list;
  for (const auto& door : doors)
    if (door.role == role) list.push_back(door.where);
  return list;
}

std::vector<std::string> ports_held_by_doors(const registry::model_registry& registry,
                                             const std::vector<bound_door>& doors) {
  std::vector<std::string> texts;
  for (const auto& instance : registry.instances()) {
    const auto held = std::ranges::find_if(
        doors, [&](const bound_door& door) { return door.where.port == instance.port; });
    if (held == doors.end()) continue;
    const auto port = std::to_string(instance.port);
    const auto where = registry.place("roles." + instance.role + ".port");
    texts.push_back(to_string(registry::diagnostic{
        .level = registry::diagnostic::severity::error,
        .file = registry.file.string(),
        .line = where.line,
        .column = where.column,
        .message = "cannot give " + instance.name + " port " + port + ": rolecalld listens on " +
                   to_string(held->where) + " as " + held->key +
                   " until it is restarted; take another port, or restart rolecalld"}));
  }
  return texts;
}

}  // namespace rolecall
