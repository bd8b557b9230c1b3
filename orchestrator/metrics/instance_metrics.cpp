#include "orchestrator/metrics/instance_metrics.hpp"

#include "orchestrator/metrics/growth.hpp"
#include "orchestrator/metrics/instance_families.hpp"
#include "orchestrator/metrics/reason_label.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace rolecall::metrics {
namespace {

constexpr std::array<std::string_view, 7> state_words{"stopped",  "starting", "ready", "draining",
                                                      "stopping", "backoff",  "failed"};
constexpr std::array<std::string_view, 6> phase_words{"queued", "evicting", "page_in",
                                                      "engine", "warm_up",  "other"};

/// One series for each of `words`.
template <typename Metric, std::size_t Count>
std::array<series<Metric>, Count> by_word(family<Metric>& all, std::string_view role,
                                          std::string_view instance,
                                          const std::array<std::string_view, Count>& words) {
  return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    return std::array<series<Metric>, Count>{series<Metric>{all, role, instance, words[Index]}...};
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace

struct instance_metrics::series_of_one {
  series_of_one(instance_families& families, std::string_view role_name,
                std::string_view instance_name)
      : all(families), role(role_name), instance(instance_name) {}

  instance_families& all;
  std::string role;
  std::string instance;

  std::array<series<Gauge>, state_words.size()> state =
      by_word(all.state, role, instance, state_words);
  series<Gauge> ready_since{all.ready_since, role, instance};
  series<Gauge> generation{all.generation, role, instance};
  series<Gauge> leases{all.leases, role, instance};
  series<Gauge> slots_taken{all.slots_taken, role, instance};
  series<Gauge> slots{all.slots, role, instance};

  series<Counter> loads{all.loads, role, instance};
  series<Histogram> load_duration{all.load_duration, role};
  std::array<series<Counter>, phase_words.size()> phases =
      by_word(all.load_phase_seconds, role, instance, phase_words);
  series<Gauge> load_ratio{all.load_ratio, role, instance};

  series<Gauge> footprint{all.footprint, role, instance};
  series<Gauge> reserved{all.reserved, role, instance};
  series<Gauge> estimated{all.estimated, role, instance};
  series<Gauge> learned{all.learned, role, instance};
  series<Gauge> pss{all.memory, role, instance, "pss"};
  series<Gauge> anon{all.memory, role, instance, "anon"};
  series<Gauge> file{all.memory, role, instance, "file"};
  series<Gauge> swapped{all.memory, role, instance, "swapped"};
  std::map<int, series<Gauge>> nodes;

  series<Counter> user_seconds{all.cpu_seconds, role, instance, "user"};
  series<Counter> system_seconds{all.cpu_seconds, role, instance, "system"};
  series<Counter> major_faults{all.major_faults, role, instance};
  series<Gauge> threads{all.threads, role, instance};
  growth<process_usage> usage;

  series<Counter> prompt_tokens{all.prompt_tokens, role, instance};
  series<Counter> prompt_cached_tokens{all.prompt_cached_tokens, role, instance};
  series<Counter> prompt_seconds{all.prompt_seconds, role, instance};
  series<Counter> predicted_tokens{all.predicted_tokens, role, instance};
  series<Counter> predicted_seconds{all.predicted_seconds, role, instance};
  series<Counter> decodes{all.decodes, role, instance};
  series<Counter> draft_tokens{all.draft_tokens, role, instance};
  series<Counter> draft_tokens_accepted{all.draft_tokens_accepted, role, instance};
  series<Gauge> processing{all.processing, role, instance};
  series<Gauge> deferred{all.deferred, role, instance};
  series<Gauge> sample_age{all.sample_age, role, instance};
  series<Counter> sample_failures{all.sample_failures, role, instance};
  growth<engine_sample> engine;
};

instance_metrics::instance_metrics(instance_families& all, std::string_view role,
                                   std::string_view instance)
    : series_(std::make_unique<series_of_one>(all, role, instance)) {}
instance_metrics::~instance_metrics() = default;

void instance_metrics::state(std::string_view word) {
  for (std::size_t i = 0; i < state_words.size(); ++i)
    series_->state[i]->Set(word == state_words[i] ? 1 : 0);
}

void instance_metrics::ready_since(std::optional<std::chrono::system_clock::time_point> since) {
  show(series_->ready_since, since ? std::optional{unix_seconds(*since)} : std::nullopt);
}

void instance_metrics::generation(std::uint64_t generation) {
  series_->generation->Set(static_cast<double>(generation));
}

void instance_metrics::restarted(std::string_view reason) {
  series_->all.restarts.with(series_->role, series_->instance, reason_label(reason)).Increment();
}

void instance_metrics::leases(std::uint64_t leases) {
  series_->leases->Set(static_cast<double>(leases));
}

void instance_metrics::slots(std::uint32_t taken, std::uint32_t capacity) {
  series_->slots_taken->Set(taken);
  series_->slots->Set(capacity);
}

void instance_metrics::load_finished(seconds duration) {
  series_->loads->Increment();
  series_->load_duration->Observe(duration.count());
}

void instance_metrics::load_failed(std::string_view reason) {
  series_->all.load_failures.with(series_->role, series_->instance, reason_label(reason))
      .Increment();
}

void instance_metrics::load_phase(std::string_view phase, seconds took) {
  const auto* known = std::min(std::ranges::find(phase_words, phase), phase_words.end() - 1);
  series_->phases[static_cast<std::size_t>(known - phase_words.begin())]->Increment(took.count());
}

void instance_metrics::load_ratio(std::optional<double> ratio) { show(series_->load_ratio, ratio); }

void instance_metrics::footprint(std::uint64_t bytes) {
  series_->footprint->Set(static_cast<double>(bytes));
}

void instance_metrics::reserved(std::uint64_t bytes) {
  series_->reserved->Set(static_cast<double>(bytes));
}

void instance_metrics::estimated(std::uint64_t bytes) {
  series_->estimated->Set(static_cast<double>(bytes));
}

void instance_metrics::learned(std::optional<std::uint64_t> bytes) {
  show(series_->learned, bytes);
}

void instance_metrics::memory(const measured& bytes) {
  series_->pss->Set(static_cast<double>(bytes.pss));
  series_->anon->Set(static_cast<double>(bytes.anon));
  series_->file->Set(static_cast<double>(bytes.file));
  series_->swapped->Set(static_cast<double>(bytes.swapped));
}

void instance_metrics::memory_gone() {
  for (auto* kind : {&series_->pss, &series_->anon, &series_->file, &series_->swapped})
    kind->remove();
}

void instance_metrics::nodes(std::span<const node_share> shares) {
  auto& shown = series_->nodes;
  for (const auto& [node, bytes] : shares)
    shown
        .try_emplace(node, series_->all.node_bytes, series_->role, series_->instance,
                     std::to_string(node))
        .first->second->Set(static_cast<double>(bytes));
  for (auto& [node, gauge] : shown)
    if (std::ranges::find(shares, node, &node_share::node) == shares.end()) gauge.remove();
}

void instance_metrics::begin_process() {
  series_->usage.begin_process();
  series_->engine.begin_process();
}

void instance_metrics::usage(const process_usage& used) {
  const auto grown = series_->usage.since_last(used);
  series_->user_seconds->Increment(grown.user_seconds);
  series_->system_seconds->Increment(grown.system_seconds);
  series_->major_faults->Increment(static_cast<double>(grown.major_faults));
  series_->threads->Set(used.threads);
}

void instance_metrics::engine(const engine_sample& sample) {
  const auto grown = series_->engine.since_last(sample);
  series_->prompt_tokens->Increment(static_cast<double>(grown.prompt_tokens));
  series_->prompt_cached_tokens->Increment(static_cast<double>(grown.cached_tokens));
  series_->prompt_seconds->Increment(grown.prompt_seconds);
  series_->predicted_tokens->Increment(static_cast<double>(grown.predicted_tokens));
  series_->predicted_seconds->Increment(grown.predicted_seconds);
  series_->decodes->Increment(static_cast<double>(grown.decodes));
  series_->draft_tokens->Increment(static_cast<double>(grown.draft_tokens));
  series_->draft_tokens_accepted->Increment(static_cast<double>(grown.accepted_tokens));
  series_->processing->Set(sample.processing);
  series_->deferred->Set(sample.deferred);
}

void instance_metrics::engine_sample_age(seconds age) { series_->sample_age->Set(age.count()); }

void instance_metrics::engine_sample_failed() { series_->sample_failures->Increment(); }

void instance_metrics::process_gone() {
  for (auto* gauge :
       {&series_->threads, &series_->processing, &series_->deferred, &series_->sample_age})
    gauge->remove();
  nodes({});
}

void instance_metrics::gone() {
  process_gone();
  memory_gone();
  for (auto& state : series_->state) state.remove();
  for (auto* gauge :
       {&series_->ready_since, &series_->generation, &series_->leases, &series_->slots_taken,
        &series_->slots, &series_->load_ratio, &series_->footprint, &series_->reserved,
        &series_->estimated, &series_->learned})
    gauge->remove();
}

}  // namespace rolecall::metrics
