#pragma once

#include "launcher/cpu_features.hpp"
#include "launcher/topology.hpp"
#include "orchestrator/banner_style.hpp"
#include "orchestrator/fleet_plan.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

// What an operator wants to see of a start, on stdout and whatever the log's levels: first what is
// known at once, then, before anybody can connect, what will run and what cannot, and at last that
// it runs. Texts are pure; each is written as a whole.

namespace rolecall {

/// Before the models' files are looked at, which disks may take their time for: version, host,
/// registry.
[[nodiscard]] std::string opening_text(const std::string& version,
                                       const registry::model_registry& registry,
                                       const launcher::topology& host,
                                       const launcher::cpu_features& cpu, banner_style style);

/// A binary that the registry names.
struct engine_facts {
  std::string text;  ///< version and path, or why it cannot be used
  bool is_usable = true;
};

struct diagnosis_facts {
  std::vector<engine_facts> engines;
  registry::byte_count memory = 0;    ///< that the fleet's budget is taken from
  std::vector<std::string> warnings;  ///< of the registry's check and the host's limits
  std::vector<std::string> listen;    ///< as URLs, the roles' doors with their roles
  std::vector<std::string> admin;
};

/// Before the first request: models that were found, engines, budget, experts, speculation, every
/// role with the reason where it cannot run, warnings, doors.
[[nodiscard]] std::string diagnosis_text(const diagnosis_facts& facts, const fleet_plan& plan,
                                         banner_style style);

/// What an engine computes on: told when it has answered, as no door waits for that.
[[nodiscard]] std::string backend_text(const std::string& backends, banner_style style);

/// What the start of the HOT roles has come to.
struct arrival_facts {
  std::size_t ready = 0;             ///< HOT roles
  std::vector<std::string> trouble;  ///< "coder: failed (crashed: …)", of those that are not ready
  std::chrono::duration<double> elapsed{0};
  std::vector<std::string> listen;
  std::vector<std::string> admin;
};

/// Ready, or what is not, and the endpoints that there are.
[[nodiscard]] std::string arrival_text(const arrival_facts& facts, banner_style style);

/// The front door's paths that arrival_text() shows: each a method and a path.
struct shown_endpoint {
  std::string_view method;
  std::string_view path;
};
[[nodiscard]] const std::vector<shown_endpoint>& shown_endpoints();

}  // namespace rolecall
