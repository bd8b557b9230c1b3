#pragma once

#include "registry/mapping_reader.hpp"
#include "registry/registry.hpp"

#include <vector>

namespace rolecall::registry {

// One reader per section of the registry. Each reports through `context` and returns what could be
// read.

[[nodiscard]] host_settings read_host(const yaml_node& node, reading& context);
[[nodiscard]] std::vector<model> read_models(const yaml_node& node, reading& context);
/// The role that all others start from.
[[nodiscard]] role read_defaults(const yaml_node& node, reading& context);
[[nodiscard]] std::vector<role> read_roles(const yaml_node& node, const role& defaults,
                                           reading& context);
[[nodiscard]] std::vector<compatibility_rule> read_compatibility(const yaml_node& node,
                                                                 reading& context);

/// One address and port or a list of them; `target` stays as it is when the key is not given.
void read_tcp_endpoints(mapping_reader& reader, std::string_view name,
                        std::vector<tcp_endpoint>& target, reading& context);

/// The value of host when the registry says nothing: listens on the default addresses.
[[nodiscard]] host_settings default_host();

}  // namespace rolecall::registry
