// What an engine says of itself: what is taken counts, and is read again as it was.
#include "orchestrator/observation/engine_metrics.hpp"
#include "tests/fuzz/judgement.hpp"

#include <cmath>
#include <limits>
#include <sstream>

namespace rolecall::test {

namespace {

std::string text_of(const metrics::engine_sample& s) {
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  text << "llamacpp:prompt_tokens_total " << s.prompt_tokens
       << "\nllamacpp:prompt_tokens_cached_total " << s.cached_tokens
       << "\nllamacpp:tokens_predicted_total " << s.predicted_tokens << "\nllamacpp:n_decode_total "
       << s.decodes << "\nllamacpp:spec_decode_num_draft_tokens_total " << s.draft_tokens
       << "\nllamacpp:spec_decode_num_accepted_tokens_total " << s.accepted_tokens
       << "\nllamacpp:prompt_seconds_total " << s.prompt_seconds
       << "\nllamacpp:tokens_predicted_seconds_total " << s.predicted_seconds
       << "\nllamacpp:requests_processing " << s.processing << "\nllamacpp:requests_deferred "
       << s.deferred << '\n';
  return text.str();
}

}  // namespace

judgement judge_metrics(std::string_view bytes) {
  const auto sample = observation::parse_engine_metrics(bytes);
  judgement found{.valid = sample.has_value(), .broken = {}};
  if (!sample) {
    if (sample.error().empty()) found.broken = "a refusal says nothing";
    return found;
  }
  for (const double seconds : {sample->prompt_seconds, sample->predicted_seconds})
    if (!std::isfinite(seconds) || std::signbit(seconds))
      found.broken = "a time that does not count";
  const auto again = observation::parse_engine_metrics(text_of(*sample));
  if (!again || !(*again == *sample)) found.broken = "the sample is not read as it was written";
  return found;
}

}  // namespace rolecall::test
