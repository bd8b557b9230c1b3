#pragma once

#include "orchestrator/admin/reload_plan.hpp"
#include "registry/registry.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace rolecall {

/// Whether a changed key of the host ("memory.budget") waits for a restart of rolecalld: doors,
/// folders and threads stay what they were opened as. nullopt: not a key of the host.
[[nodiscard]] std::optional<bool> waits_for_restart(std::string_view host_key);

/// Keys whose values differ, in the registry's order. Of a key file and the certificate only the
/// file may change while rolecalld runs: whether a door asks for keys or speaks TLS belongs to the
/// address that it listens on.
[[nodiscard]] std::vector<admin::reload_plan::setting> host_difference(
    const registry::host_settings& present, const registry::host_settings& next);

/// What waits for a restart stays in `next` as it is at present.
void keep_until_restart(registry::host_settings& next, const registry::host_settings& present);

}  // namespace rolecall
