#include "orchestrator/fleet_figures.hpp"

#include "orchestrator/log/log_line.hpp"

#include <utility>

namespace rolecall {

using std::chrono::steady_clock;

namespace {

constexpr std::string_view control_thread = "control";

double seconds_since(steady_clock::time_point then) {
  return std::chrono::duration<double>(steady_clock::now() - then).count();
}

}  // namespace

fleet_figures::fleet_figures(const boost::asio::any_io_executor& control,
                             std::filesystem::path root, observation::watched_folders folders,
                             metrics::catalogue& metrics)
    : metrics_(metrics),
      heartbeat_(
          control,
          [this](steady_clock::duration lag) { metrics_.daemon().loop_lag(control_thread, lag); }),
      observer_(control, std::move(root), std::move(folders), listeners()) {
  metrics_.daemon().started(std::chrono::system_clock::now());
}

observation::listeners fleet_figures::listeners() {
  const auto with = [this](instance id, const auto& tell) {
    const auto found = watched_.find(id);
    if (found != watched_.end()) tell(shown(found->second.process));
  };
  return {
      .engine_sampled = [this](instance id, const metrics::engine_sample& sample,
                               time_point at) { engine_sampled(id, sample, at); },
      .engine_silent =
          [this](instance id, const std::string& reason) {
            const auto found = watched_.find(id);
            if (found == watched_.end()) return;
            shown(found->second.process).engine_sample_failed();
            log_line(priority::debug, "engine_silent", component::observation)
                .with("instance", found->second.process.name)
                .with("reason", reason);
          },
      .process_used =
          [with](instance id, const metrics::process_usage& used) {
            with(id, [&](metrics::instance_metrics& of) { of.usage(used); });
          },
      .process_placed =
          [with](instance id, const std::vector<metrics::node_share>& nodes) {
            with(id, [&](metrics::instance_metrics& of) { of.nodes(nodes); });
          },
      .host_sampled =
          [this](const metrics::host_sample& host, const metrics::daemon_usage& daemon) {
            metrics_.host().sample(host);
            metrics_.daemon().usage(daemon);
          },
  };
}

metrics::instance_metrics& fleet_figures::shown(const ready_process& process) {
  return metrics_.of(process.role, process.name);
}

void fleet_figures::start() {
  heartbeat_.start();
  observer_.start();
}

void fleet_figures::stop() {
  heartbeat_.stop();
  observer_.stop();
}

void fleet_figures::process_began(const std::string& role, const std::string& name) {
  metrics_.of(role, name).begin_process();
  speeds_[role].begin_process(name);
}

void fleet_figures::watch(instance id, ready_process process) {
  observer_.watch(id, process.port, process.pid);
  watched_.insert_or_assign(id,
                            watched{.process = std::move(process), .since = steady_clock::now()});
}

void fleet_figures::forget(instance id) {
  observer_.forget(id);
  const auto node = watched_.extract(id);
  if (node.empty()) return;
  const auto& process = node.mapped().process;
  shown(process).process_gone();
  speeds_[process.role].end_process(process.name);
}

void fleet_figures::engine_sampled(instance id, const metrics::engine_sample& sample,
                                   time_point at) {
  const auto found = watched_.find(id);
  if (found == watched_.end()) return;
  auto& [process, since, sampled, last] = found->second;
  shown(process).engine(sample);
  speeds_[process.role].add(process.name, sample, at);
  sampled = at;
  last = sample;
}

std::optional<admin::engine_status> fleet_figures::engine(instance id) const {
  const auto found = watched_.find(id);
  if (found == watched_.end() || !found->second.sampled) return std::nullopt;
  const auto& [process, since, sampled, last] = found->second;
  const auto speed = speeds_.find(process.role);
  return admin::engine_status{
      .age_seconds = seconds_since(*sampled),
      .slots_busy = last.processing,
      .deferred = last.deferred,
      .tokens_per_second = speed == speeds_.end() ? 0 : speed->second.throughput(process.name)};
}

metrics::role_speed fleet_figures::speed(std::string_view role,
                                         std::optional<double> expected) const {
  metrics::role_speed known{.measured = {}, .expected = expected, .acceptance = {}};
  if (const auto found = speeds_.find(role); found != speeds_.end()) {
    known.measured = found->second.speed();
    known.acceptance = found->second.acceptance();
  }
  return known;
}

double fleet_figures::throughput(std::string_view role) const {
  const auto found = speeds_.find(role);
  return found == speeds_.end() ? 0 : found->second.throughput();
}

void fleet_figures::refresh() {
  for (const auto& [id, known] : watched_)
    shown(known.process)
        .engine_sample_age(metrics::seconds{seconds_since(known.sampled.value_or(known.since))});
  auto& daemon = metrics_.daemon();
  daemon.heartbeat_age(control_thread, metrics::seconds{seconds_since(heartbeat_.last_beat())});
  if (!threads_) return;
  for (const auto& pulse : threads_())
    daemon.heartbeat_age(pulse.thread, metrics::seconds{seconds_since(pulse.last_beat)});
}

}  // namespace rolecall
