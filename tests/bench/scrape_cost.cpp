// What metrics cost: a scrape of a fleet of 32 roles in which everything has happened once, and the
// data plane's calls for one streamed answer. With --text the exposition itself, for promtool.

#include "orchestrator/metrics/catalogue.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;

constexpr int roles = 32;
constexpr int runs = 101;
constexpr int requests_a_run = 10'000;

struct fleet_role {
  std::string name;
  std::vector<std::string> instances;
};

// Every second role has a replica.
std::vector<fleet_role> fleet() {
  std::vector<fleet_role> result;
  for (int i = 1; i <= roles; ++i) {
    const auto name = "architect_general_" + std::to_string(i);
    if (i % 2 == 0)
      result.push_back({name, {name + "-1", name + "-2"}});
    else
      result.push_back({name, {name}});
  }
  return result;
}

void one_answer(role_metrics& role) {
  static const auto gaps = [] {
    gap_counts result;
    for (int i = 0; i < 500; ++i) result.add(23.7ms);
    return result;
  }();
  role.in_flight(1);
  role.queue_waited(13us);
  role.first_byte(312ms);
  role.first_token(313ms);
  role.token_gaps(gaps);
  role.tokens(1234, 1100, 501);
  role.transferred(2048, 131'072);
  role.request_finished("chat_completions", 200, 12s);
  role.in_flight(-1);
}

void serve(catalogue& metrics, const fleet_role& role) {
  auto& data_plane = metrics.of(role.name);
  one_answer(data_plane);
  data_plane.request_finished("chat_completions", 429, 3ms);
  data_plane.request_finished("tokenize", 200, 3ms);
  data_plane.client_gone();
  data_plane.upstream_retried();
  metrics.tier(role.name, "hot");
  metrics.speed(role.name, {.measured = 18.34, .expected = 39.4, .acceptance = 0.713});
  metrics.evicted(role.name, "evicted");
  metrics.misestimated(role.name);
}

void live(instance_metrics& instance) {
  instance.state("ready");
  instance.ready_since(std::chrono::system_clock::time_point{1'790'000'000s});
  instance.generation(3);
  instance.restarted("crashed: signal 9 (SIGKILL)");
  for (const auto* phase : {"queued", "evicting", "page_in", "engine", "warm_up"})
    instance.load_phase(phase, 1234ms);
  instance.load_finished(71s);
  instance.load_failed("stalled: no progress for 60 s");
  instance.footprint(18'611'234'816);
  instance.reserved(18'611'234'816);
  instance.estimated(19'327'352'832);
  instance.learned(18'611'234'816);
  instance.memory({.pss = 18'000'123'904, .anon = 2'123'456'512, .file = 15'876'667'392});
  instance.nodes(std::array{node_share{0, 9'000'123'392}, node_share{1, 9'000'000'512}});
  instance.begin_process();
  instance.usage({.user_seconds = 81'234.56, .system_seconds = 123.45, .threads = 97});
  instance.engine({.prompt_tokens = 81'234'567,
                   .predicted_tokens = 1'234'567,
                   .draft_tokens = 345'678,
                   .accepted_tokens = 234'567,
                   .prompt_seconds = 4567.891,
                   .predicted_seconds = 67'891.23});
  instance.engine_sample_failed();
}

void fill(catalogue& metrics, const std::vector<fleet_role>& all) {
  for (const auto& role : all) {
    serve(metrics, role);
    for (const auto& name : role.instances) live(metrics.of(role.name, name));
  }
  metrics.of("").request_finished("other", 404, 1ms);
  for (int i = 0; i < 20; ++i)
    metrics.key_request_finished("caller-" + std::to_string(i), i % 2 == 0 ? 200 : 503);
  metrics.host().budget(1'133'871'366'144, 300'647'710'720);
  metrics.host().memory_left(800'000'000'000, 0);
  metrics.host().sample(
      {.memory_bytes = 1'200'000'000'000,
       .page_cache = 700'000'000'000,
       .cpu_stalled = {.some = 1.5, .full = 0.5},
       .memory_stalled = {.some = 1.5, .full = 0.5},
       .io_stalled = {.some = 1.5, .full = 0.5},
       .nodes = {{0, 600'000'000'000, 1'000'000}, {1, 600'000'000'000, 2'000'000}},
       .load = load_averages{1.5, 2.5, 3.5},
       .cpu = cpu_seconds{1e6, 2e5, 3e7, 4e3, 5e2},
       .state_disk = disk_space{1'000'000'000'000, 500'000'000'000},
       .log_disk = disk_space{1'000'000'000'000, 500'000'000'000}});
  auto& daemon = metrics.daemon();
  for (const auto* thread : {"control", "data-1", "data-2", "data-3", "data-4"})
    daemon.loop_lag(thread, 31us);
  daemon.started(std::chrono::system_clock::time_point{1'790'000'000s});
  daemon.usage({.open_descriptors = 180,
                .descriptor_limit = 65'536,
                .user_seconds = 12.34,
                .system_seconds = 5.67,
                .resident_bytes = 34'567'168});
  daemon.registry_generation(2);
  daemon.registry_reloaded("applied");
  daemon.writes_dropped("instance_log", 2);
  daemon.build("0.1.0", "0.7.0");
}

// With what is told only when somebody asks, as the controller does.
std::string scrape(catalogue& metrics, const std::vector<fleet_role>& all) {
  for (const auto& role : all) {
    metrics.waiting(role.name, "interactive", 3);
    metrics.waiting(role.name, "background", 1);
    for (const auto& name : role.instances) {
      auto& instance = metrics.of(role.name, name);
      instance.slots(1, 4);
      instance.leases(2);
      instance.engine_sample_age(1234ms);
    }
  }
  for (const auto* thread : {"control", "data-1", "data-2", "data-3", "data-4"})
    metrics.daemon().heartbeat_age(thread, 500ms);
  return metrics.text();
}

// Of this thread, in nanoseconds: others on the machine count less than with a clock on the wall.
double processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Work>
void measure(const char* name, const char* unit, double nanoseconds_a_unit, int times, Work work) {
  std::array<double, runs> costs{};
  for (auto& cost : costs) {
    const double begun = processor_time();
    for (int i = 0; i < times; ++i) work();
    cost = (processor_time() - begun) / times / nanoseconds_a_unit;
  }
  std::ranges::sort(costs);
  std::printf("%-42s min %8.2f %s, median %8.2f %s, max %8.2f %s\n", name, costs.front(), unit,
              costs[runs / 2], unit, costs.back(), unit);
}

}  // namespace

int main(int argc, char** argv) {
  const auto all = fleet();
  catalogue metrics;
  fill(metrics, all);
  const auto text = scrape(metrics, all);
  if (argc > 1 && std::string_view{argv[1]} == "--text")
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;

  std::printf("%d roles: %td lines, %zu bytes\n", roles, std::ranges::count(text, '\n'),
              text.size());
  std::size_t bytes = 0;
  measure("a scrape", "ms", 1e6, 1, [&] { bytes += scrape(metrics, all).size(); });
  auto& role = metrics.of(all.front().name);
  measure("the calls for one streamed answer", "ns", 1, requests_a_run, [&] { one_answer(role); });
  measure("of them, request_finished", "ns", 1, requests_a_run,
          [&] { role.request_finished("chat_completions", 200, 12s); });
  gap_counts gaps;
  measure("counting one gap between tokens", "ns", 1, requests_a_run, [&] { gaps.add(23.7ms); });
  return bytes > 0 && gaps.sum_seconds > 0 ? 0 : 1;
}
