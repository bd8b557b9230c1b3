#include "orchestrator/metrics/catalogue.hpp"

#include "orchestrator/metrics/definition.hpp"
#include "tests/unit/metrics/metric_lines.hpp"

#include <array>
#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;
using rolecall::test::has_line;

void touch_data_plane(catalogue& metrics) {
  auto& role = metrics.of("frontdoor");
  role.request_finished("chat_completions", 200, 30ms);
  role.queue_waited(2s);
  role.first_byte(20ms);
  role.first_token(30ms);
  role.tokens(3, 2, 1);
  role.transferred(10, 20);
  role.in_flight(1);
  role.client_gone();
  role.upstream_retried();
  gap_counts gaps;
  gaps.add(25ms);
  role.token_gaps(gaps);
  metrics.client_connections(1);
  metrics.key_request_finished("ann", 200);
  metrics.access_log_dropped(3);
}

void touch_instance(instance_metrics& instance) {
  instance.state("ready");
  instance.ready_since(std::chrono::system_clock::time_point{1s});
  instance.generation(1);
  instance.restarted("crashed: signal 9 (SIGKILL)");
  instance.leases(1);
  instance.slots(1, 4);
  instance.load_finished(12s);
  instance.load_failed("stalled: no progress for 60 s");
  instance.load_phase("page_in", 3s);
  instance.load_ratio(0.5);
  instance.footprint(10);
  instance.reserved(10);
  instance.estimated(12);
  instance.learned(10);
  instance.memory({.pss = 4, .anon = 3, .file = 1, .swapped = 0});
  instance.nodes(std::array{node_share{0, 4}});
  instance.usage({.threads = 4});
  instance.engine({});
  instance.engine_sample_age(1s);
  instance.engine_sample_failed();
}

void touch_host_and_daemon(catalogue& metrics) {
  metrics.host().budget(1000, 10);
  metrics.host().memory_left(100, 0);
  metrics.host().sample({.memory_bytes = 1,
                         .page_cache = 1,
                         .cpu_stalled = {.some = 1, .full = 1},
                         .memory_stalled = {},
                         .io_stalled = {},
                         .nodes = {{0, 1, 1}},
                         .load = load_averages{},
                         .cpu = cpu_seconds{},
                         .state_disk = disk_space{1, 1},
                         .log_disk = {}});
  auto& daemon = metrics.daemon();
  daemon.loop_lag("control", 1ms);
  daemon.heartbeat_age("control", 1s);
  daemon.started(std::chrono::system_clock::time_point{1s});
  daemon.usage({.descriptor_limit = 1024});
  daemon.writes_dropped("instance_log", 2);
  daemon.registry_generation(2);
  daemon.registry_reloaded("applied");
  daemon.build("0.1.0", "0.7.0");
}

void touch_everything(catalogue& metrics) {
  touch_data_plane(metrics);
  touch_instance(metrics.of("frontdoor", "frontdoor"));
  touch_host_and_daemon(metrics);
  metrics.evicted("frontdoor", "evicted");
  metrics.misestimated("frontdoor");
  metrics.waiting("frontdoor", "interactive", 3);
  metrics.tier("frontdoor", "hot");
  metrics.speed("frontdoor", {.measured = 30, .expected = 40, .acceptance = 0.5});
}

/// Metric name → label names seen in its samples, `le` and the suffixes of histograms left out.
std::map<std::string, std::set<std::string>> labels_by_metric(const std::string& text) {
  std::map<std::string, std::set<std::string>> result;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    auto name = line.substr(0, line.find_first_of("{ "));
    for (const std::string suffix : {"_bucket", "_sum", "_count"})
      if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    auto& labels = result[name];
    const auto open = line.find('{');
    if (open == std::string::npos) continue;
    std::istringstream pairs{line.substr(open + 1, line.find('}') - open - 1)};
    for (std::string pair; std::getline(pairs, pair, ',');)
      if (const auto key = pair.substr(0, pair.find('=')); key != "le") labels.insert(key);
  }
  return result;
}

}  // namespace

TEST_CASE(
    "metrics: the text form has name, type, help and labels of every definition and nothing else") {
  catalogue metrics;
  touch_everything(metrics);
  const auto text = metrics.text();
  auto seen = labels_by_metric(text);
  for (const auto& d : definitions()) {
    CAPTURE(d.name);
    const std::string name{d.name};
    CHECK(has_line(text, "# HELP " + name + " " + std::string{d.help}));
    CHECK(has_line(text, "# TYPE " + name + " " + std::string{to_string(d.type)}));
    std::set<std::string> wanted;
    for (auto label : d.labels)
      if (!label.empty()) wanted.emplace(label);
    REQUIRE(seen.contains(name));
    CHECK(seen[name] == wanted);
    seen.erase(name);
  }
  CHECK(seen.empty());
}

TEST_CASE("metrics: a daemon to which nothing has happened shows what it counts by itself only") {
  const catalogue metrics;
  auto seen = labels_by_metric(metrics.text());
  CHECK(seen.erase("rolecall_access_log_dropped_total") == 1);
  CHECK(seen.erase("rolecall_client_connections") == 1);
  CHECK(seen.empty());
}

TEST_CASE("metrics: requests are counted by key and status, lost log lines together") {
  catalogue metrics;
  metrics.key_request_finished("ann", 200);
  metrics.key_request_finished("ann", 200);
  metrics.key_request_finished("ann", 403);
  metrics.key_request_finished("bob", 200);
  metrics.access_log_dropped(2);
  metrics.access_log_dropped(5);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_key_requests_total{key="ann",status="200"} 2)"));
  CHECK(has_line(text, R"(rolecall_key_requests_total{key="ann",status="403"} 1)"));
  CHECK(has_line(text, R"(rolecall_key_requests_total{key="bob",status="200"} 1)"));
  CHECK(has_line(text, "rolecall_access_log_dropped_total 7"));
}

TEST_CASE("metrics: connections of clients are counted both ways") {
  catalogue metrics;
  metrics.client_connections(1);
  metrics.client_connections(1);
  metrics.client_connections(-1);
  CHECK(has_line(metrics.text(), "rolecall_client_connections 1"));
}

TEST_CASE("metrics: evictions are counted by their kind of reason, whatever its text is") {
  catalogue metrics;
  metrics.evicted("architect", "evicted to make room for coder: 18.6 GiB");
  metrics.evicted("architect", "evicted to make room for embedder: 1.2 GiB");
  metrics.evicted("architect", "4711 reasons nobody has heard of");
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_evictions_total{reason="evicted",role="architect"} 2)"));
  CHECK(has_line(text, R"(rolecall_evictions_total{reason="other",role="architect"} 1)"));
}

TEST_CASE("metrics: many threads count one role, and none is lost while others scrape") {
  catalogue metrics;
  constexpr int rounds = 2000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&metrics] {
        for (int i = 0; i < rounds; ++i) {
          auto& role = metrics.of("frontdoor");
          role.in_flight(1);
          role.request_finished(i % 4 < 2 ? "messages" : "tokenize", i % 2 == 0 ? 200 : 503, 1ms);
          role.in_flight(-1);
          metrics.daemon().loop_lag("data-1", 1ms);
        }
      });
    for (int scrapes = 0; scrapes < 50; ++scrapes) REQUIRE_FALSE(metrics.text().empty());
  }
  const auto text = metrics.text();
  for (const std::string route : {"messages", "tokenize"})
    for (const std::string status : {"200", "503"})
      CHECK(has_line(text, R"(rolecall_requests_total{role="frontdoor",route=")" + route +
                               R"(",status=")" + status + R"("} 2000)"));
  CHECK(has_line(text, R"(rolecall_requests_in_flight{role="frontdoor"} 0)"));
  CHECK(has_line(text, R"(rolecall_loop_lag_seconds_count{thread="data-1"} 8000)"));
}
