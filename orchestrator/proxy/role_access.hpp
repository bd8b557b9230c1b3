#pragma once

#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/proxy/lease_source.hpp"

namespace rolecall::proxy {

/// Which roles a client may know of and use: by the key that it showed and the door that it came
/// through.
struct role_access {
  const access::key* key = nullptr;   ///< nullptr: none is asked for, or the client is a stranger
  const routed_role* door = nullptr;  ///< the role whose door it is; nullptr: the front door
  bool is_stranger = false;           ///< keys are asked for and none was shown: open pages only

  [[nodiscard]] bool allows(const routed_role& role) const noexcept {
    if (is_stranger || (door != nullptr && door != &role)) return false;
    return key == nullptr || key->allows(role.name);
  }
  /// Some role may not be allowed.
  [[nodiscard]] bool is_limited() const noexcept {
    return is_stranger || door != nullptr || (key != nullptr && !key->settings().roles.empty());
  }
};

/// The table as the client may see it: the roles that it may use, and their names.
[[nodiscard]] routing_table visible_to(const role_access& client, const routing_table& routes);

}  // namespace rolecall::proxy
