#pragma once

#include "tests/bench/relay/results.hpp"

#include <string>
#include <vector>

namespace rolecall::bench {

/// Median, least and most.
[[nodiscard]] std::string format_ratio(const spread& s);

/// A scenario's table, in Markdown that is aligned for reading as it is.
[[nodiscard]] std::string table_of(const scenario& measured, const scenario_results& results,
                                   const std::vector<proxy_kind>& proxies);

/// What the document says besides the tables.
struct circumstances {
  cpu_plan cpus = {};
  programs found;
  std::size_t descriptors = 0;
  int repetitions = 0;
  double seconds = 0;
  std::string command;
};

/// docs/benchmarks.md: method, machine, tables, configurations.
[[nodiscard]] std::string document_of(const circumstances& known, const std::string& tables);

}  // namespace rolecall::bench
