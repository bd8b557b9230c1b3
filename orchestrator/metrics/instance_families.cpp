#include "orchestrator/metrics/instance_families.hpp"

#include "orchestrator/metrics/instance_definitions.hpp"
#include "orchestrator/metrics/role_definitions.hpp"

namespace rolecall::metrics {

instance_families::instance_families(exposition& shown)
    : state(shown.of<Gauge>(instance_state_definition)),
      ready_since(shown.of<Gauge>(instance_ready_since_definition)),
      generation(shown.of<Gauge>(instance_generation_definition)),
      restarts(shown.of<Counter>(instance_restarts_definition)),
      leases(shown.of<Gauge>(instance_leases_definition)),
      slots_taken(shown.of<Gauge>(slots_taken_definition)),
      slots(shown.of<Gauge>(slots_definition)),
      loads(shown.of<Counter>(loads_definition)),
      load_failures(shown.of<Counter>(load_failures_definition)),
      load_duration(shown.of<Histogram>(load_duration_definition)),
      load_phase_seconds(shown.of<Counter>(load_phase_seconds_definition)),
      load_ratio(shown.of<Gauge>(load_ratio_definition)),
      footprint(shown.of<Gauge>(instance_footprint_definition)),
      reserved(shown.of<Gauge>(instance_reserved_definition)),
      estimated(shown.of<Gauge>(instance_estimated_definition)),
      learned(shown.of<Gauge>(instance_learned_definition)),
      memory(shown.of<Gauge>(instance_memory_definition)),
      node_bytes(shown.of<Gauge>(instance_node_bytes_definition)),
      cpu_seconds(shown.of<Counter>(instance_cpu_seconds_definition)),
      major_faults(shown.of<Counter>(instance_major_faults_definition)),
      threads(shown.of<Gauge>(instance_threads_definition)),
      prompt_tokens(shown.of<Counter>(engine_prompt_tokens_definition)),
      prompt_cached_tokens(shown.of<Counter>(engine_prompt_cached_tokens_definition)),
      prompt_seconds(shown.of<Counter>(engine_prompt_seconds_definition)),
      predicted_tokens(shown.of<Counter>(engine_predicted_tokens_definition)),
      predicted_seconds(shown.of<Counter>(engine_predicted_seconds_definition)),
      decodes(shown.of<Counter>(engine_decodes_definition)),
      draft_tokens(shown.of<Counter>(engine_draft_tokens_definition)),
      draft_tokens_accepted(shown.of<Counter>(engine_draft_tokens_accepted_definition)),
      processing(shown.of<Gauge>(engine_processing_definition)),
      deferred(shown.of<Gauge>(engine_deferred_definition)),
      sample_age(shown.of<Gauge>(engine_sample_age_definition)),
      sample_failures(shown.of<Counter>(engine_sample_failures_definition)) {}

}  // namespace rolecall::metrics
