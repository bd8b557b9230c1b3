#pragma once

#include "registry/model_facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::admin {

/// What a process was measured to have in memory.
struct measured_memory {
  registry::byte_count pss = 0;
  registry::byte_count anon = 0;
  registry::byte_count file = 0;
  registry::byte_count swapped = 0;
};

/// What processes of a role's kind were measured to cost at most.
struct learned_memory {
  registry::byte_count private_bytes = 0;  ///< peak of what no other process shares
  registry::byte_count pss = 0;            ///< peak
  std::uint64_t samples = 0;
  bool proven = false;                     ///< seen at work often enough to replace the estimate
  registry::byte_count reserve_bytes = 0;  ///< private bytes that a load reserves
  std::optional<double> error;             ///< of the estimate: 0.2 when a fifth more was measured
};

/// What is left of the host's memory.
struct host_memory_status {
  registry::byte_count available = 0;    ///< page cache that can be dropped included
  registry::byte_count fleet_files = 0;  ///< the fleet's mapped weights in it
  registry::byte_count floor = 0;
  registry::byte_count missing = 0;  ///< 0: enough
  double stalled = 0;                ///< share of time in which every task waits for memory
  std::string limited_by;            ///< "the host" or a cgroup
};

/// How far a process that starts has come.
struct load_status {
  std::string phase;                       ///< queued, evicting, page_in, engine or warm_up
  std::optional<double> ratio;             ///< 0..1 of the whole load, as far as it is known
  std::optional<double> bytes_per_second;  ///< read from the disk; only while files are read
  double elapsed_seconds = 0;              ///< since the load was asked for
};

/// What a process's own metrics said, read in the background.
struct engine_status {
  double age_seconds = 0;  ///< since the last reading that succeeded
  unsigned slots_busy = 0;
  unsigned deferred = 0;         ///< requests that wait inside the process for a slot
  double tokens_per_second = 0;  ///< generated, of wall time, over the last half minute
};

struct instance_status {
  std::string name;
  std::string state;        ///< one of the seven words
  std::string reason;       ///< rides along; may be empty
  std::string reason_kind;  ///< the metrics' label of it; empty without one
  std::uint16_t port = 0;
  int pid = 0;  ///< 0: no process
  int generation = 0;
  int restarts = 0;
  std::uint32_t leases = 0;
  double since_seconds = 0;                 ///< in this state
  double idle_seconds = 0;                  ///< since last used
  std::optional<double> load_seconds;       ///< of the last load
  registry::byte_count reserved_bytes = 0;  ///< mapped files included, which others may share
  std::optional<measured_memory> memory;    ///< of the present process
  std::string log;
  std::optional<load_status> load{};      ///< while it starts
  std::optional<engine_status> engine{};  ///< once it was read; of the present process
};

struct role_status {
  std::string name;
  std::string model;
  std::string quant;
  std::string tier;
  std::string shares;  ///< empty, or the role whose processes serve this one
  std::vector<std::string> aliases;
  bool pinned = false;
  std::size_t waiting = 0;
  int priority = 0;
  registry::footprint footprint;  ///< estimate of one instance
  std::optional<learned_memory> learned;
  std::vector<instance_status> instances;  ///< of the serving role
  std::uint64_t in_flight = 0;             ///< requests being served under this role's own name
  double tokens_per_second = 0;            ///< generated, of wall time; all instances together
  // Tokens per second of generating, over the last minute in which the role worked, and what the
  // registry expects of it.
  std::optional<double> speed{};
  std::optional<double> expected_speed{};
  std::optional<double> acceptance{};  ///< of drafted tokens, 0..1, in the same minute
};

/// Which registry the fleet runs by.
struct registry_status {
  std::uint64_t generation = 1;        ///< 1 at the start, one more with every reload
  std::int64_t loaded_at = 0;          ///< seconds since the epoch
  std::string hash;                    ///< of the file's content as it was read
  std::string drift;                   ///< empty, or how the file on disk differs by now
  std::vector<std::string> waiting{};  ///< keys that wait for a restart of rolecalld
};

struct fleet_status {
  std::string version;
  std::string engine;  ///< version text of host.llama_server
  std::string registry_file;
  registry_status registry{};
  double uptime_seconds = 0;
  registry::byte_count memory_total = 0;
  registry::byte_count budget = 0;
  registry::byte_count reserved = 0;  ///< files that several instances map counted once
  host_memory_status host;
  std::vector<std::string> listen;  ///< front door addresses as bound
  std::vector<role_status> roles;
};

/// One line of the fleet's history, as `GET /admin/events` and `rolectl events` show it.
struct fleet_event {
  std::uint64_t id = 0;  ///< counts from 1
  std::int64_t unix_milliseconds = 0;
  std::string kind;  ///< "state", "evict", "refuse", …
  std::string role;
  std::string instance;
  std::string text;  ///< "starting → ready", "evicted to make room for architect_general: …"
};

/// The state of a role as one word: that of its instance that is nearest to serving; "" without
/// instances.
[[nodiscard]] std::string state_of(const role_status& role);
/// The role of that name or alias; nullptr when there is none.
[[nodiscard]] const role_status* find_role(const fleet_status& status,
                                           std::string_view name) noexcept;

// Compact JSON in UTF-8; bytes that are not (a reason may quote a log) become U+FFFD.
// docs/status.md tells what each member means and what scripts may lean on.
[[nodiscard]] std::string to_json(const fleet_status& status);
[[nodiscard]] std::string to_json(const role_status& status);
/// {"roles": […]} as `GET /admin/roles` answers.
[[nodiscard]] std::string roles_json(const fleet_status& status);
[[nodiscard]] std::string to_json(const fleet_event& event);
/// Budget, reservations and each role's footprint by part.
[[nodiscard]] std::string memory_json(const fleet_status& status);

}  // namespace rolecall::admin
