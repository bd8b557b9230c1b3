#pragma once

// Private to this folder.

#include "orchestrator/metrics/exposition.hpp"

namespace rolecall::metrics {

/// What is shown by instance; and the duration of loads, by role.
struct instance_families {
  explicit instance_families(exposition& shown);

  family<Gauge>& state;
  family<Gauge>& ready_since;
  family<Gauge>& generation;
  family<Counter>& restarts;
  family<Gauge>& leases;
  family<Gauge>& slots_taken;
  family<Gauge>& slots;

  family<Counter>& loads;
  family<Counter>& load_failures;
  family<Histogram>& load_duration;
  family<Counter>& load_phase_seconds;
  family<Gauge>& load_ratio;

  family<Gauge>& footprint;
  family<Gauge>& reserved;
  family<Gauge>& estimated;
  family<Gauge>& learned;
  family<Gauge>& memory;
  family<Gauge>& node_bytes;

  family<Counter>& cpu_seconds;
  family<Counter>& major_faults;
  family<Gauge>& threads;

  family<Counter>& prompt_tokens;
  family<Counter>& prompt_cached_tokens;
  family<Counter>& prompt_seconds;
  family<Counter>& predicted_tokens;
  family<Counter>& predicted_seconds;
  family<Counter>& decodes;
  family<Counter>& draft_tokens;
  family<Counter>& draft_tokens_accepted;
  family<Gauge>& processing;
  family<Gauge>& deferred;
  family<Gauge>& sample_age;
  family<Counter>& sample_failures;
};

}  // namespace rolecall::metrics
