#include "orchestrator/proxy/role_access.hpp"

#include <optional>

namespace rolecall::proxy {

routing_table visible_to(const role_access& client, const routing_table& routes) {
  routing_table seen;
  std::vector<std::optional<std::size_t>> moved;  // by index in `routes`
  for (const auto& role : routes.roles) {
    moved.emplace_back();
    if (!client.allows(role)) continue;
    moved.back() = seen.roles.size();
    seen.roles.push_back(role);
  }
  for (const auto& [name, index] : routes.names)
    if (moved[index]) seen.names.emplace_back(name, *moved[index]);
  if (routes.default_role != nullptr) seen.default_role = seen.find(routes.default_role->name);
  return seen;
}

}  // namespace rolecall::proxy
