#pragma once

#include "orchestrator/residency/gate.hpp"
#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::residency {

using registry::byte_count;
using time_point = std::chrono::steady_clock::time_point;

/// Index of an instance in the planner's catalogue, of a role, and of a file that instances map.
/// Those of instances and roles outlive reconfiguration: see planner::reconfigure.
using instance_id = std::uint32_t;
using role_id = std::uint32_t;
using file_id = std::uint32_t;
/// One request waiting for a lease.
using waiter_id = std::uint64_t;

/// What the planner knows of roles, their instances and the files that these map. It changes when
/// the registry does; footprints are learned.
struct catalogue {
  struct role {
    std::string name;
    registry::tier tier = registry::tier::warm;
    std::vector<instance_id> instances;  ///< of the serving role; shared roles list the same ones
    int priority = 0;                    ///< of idle roles, those of the lowest leave first
    registry::queue_limits queue;
    std::optional<std::chrono::seconds> idle_unload;
    bool retired = false;  ///< not in the registry any more; nobody is served
  };
  struct instance {
    std::string name;
    role_id role = 0;                          ///< the serving role
    byte_count footprint = 0;                  ///< what no other process shares
    std::vector<file_id> files{};              ///< that it maps, each once
    std::uint32_t capacity = gate::unlimited;  ///< requests for a slot that it is given at once
    /// Not in the registry any more, or not so: it ends when its leases have, and never starts.
    /// Its role need not list it.
    bool retired = false;
    std::vector<instance_id> after{};  ///< retired ones whose port it takes: it starts without them
  };
  struct file {
    std::string path;
    byte_count bytes = 0;
  };
  byte_count budget = 0;
  std::chrono::seconds patience{15};
  registry::eviction_order eviction = registry::eviction_order::lru;
  std::vector<role> roles;
  std::vector<instance> instances;
  std::vector<file> files;

  /// The role whose processes serve `asked`: itself, or the one it shares.
  [[nodiscard]] role_id serving_role(role_id asked) const {
    return instances[roles[asked].instances.front()].role;
  }
  [[nodiscard]] bool is_hot(instance_id id) const {
    return !instances[id].retired && roles[instances[id].role].tier == registry::tier::hot;
  }
  /// Footprint and files of one instance, whoever else maps them.
  [[nodiscard]] byte_count bytes_of(instance_id id) const;
  /// Memory that the HOT instances of other serving roles may claim at any time.
  [[nodiscard]] byte_count hot_footprint_beside(role_id serving) const;
  /// Private bytes that an instance can have at most, beside the HOT instances of other roles.
  [[nodiscard]] byte_count room_for(instance_id id) const;
  /// The role's first instances, as many as can ever fit together beside the HOT ones; empty: it
  /// never fits.
  [[nodiscard]] std::vector<instance_id> affordable(role_id asked) const;
};

/// Returns `known` if a registry can mean it. Throws std::invalid_argument for a role without
/// instances, an index out of range, an instance that its serving role does not list, or one that
/// lists a file twice.
[[nodiscard]] catalogue checked(catalogue known);

}  // namespace rolecall::residency
