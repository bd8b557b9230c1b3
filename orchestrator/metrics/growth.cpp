#include "orchestrator/metrics/growth.hpp"

namespace rolecall::metrics {

engine_sample difference(const engine_sample& now, const engine_sample& before) {
  return {.prompt_tokens = now.prompt_tokens - before.prompt_tokens,
          .cached_tokens = now.cached_tokens - before.cached_tokens,
          .predicted_tokens = now.predicted_tokens - before.predicted_tokens,
          .decodes = now.decodes - before.decodes,
          .draft_tokens = now.draft_tokens - before.draft_tokens,
          .accepted_tokens = now.accepted_tokens - before.accepted_tokens,
          .prompt_seconds = now.prompt_seconds - before.prompt_seconds,
          .predicted_seconds = now.predicted_seconds - before.predicted_seconds,
          .processing = now.processing,
          .deferred = now.deferred};
}

process_usage difference(const process_usage& now, const process_usage& before) {
  return {.user_seconds = now.user_seconds - before.user_seconds,
          .system_seconds = now.system_seconds - before.system_seconds,
          .major_faults = now.major_faults - before.major_faults,
          .threads = now.threads};
}

bool fell(const engine_sample& before, const engine_sample& now) {
  return now.prompt_tokens < before.prompt_tokens || now.cached_tokens < before.cached_tokens ||
         now.predicted_tokens < before.predicted_tokens || now.decodes < before.decodes ||
         now.draft_tokens < before.draft_tokens || now.accepted_tokens < before.accepted_tokens ||
         now.prompt_seconds < before.prompt_seconds ||
         now.predicted_seconds < before.predicted_seconds;
}

bool fell(const process_usage& before, const process_usage& now) {
  return now.user_seconds < before.user_seconds || now.system_seconds < before.system_seconds ||
         now.major_faults < before.major_faults;
}

}  // namespace rolecall::metrics
