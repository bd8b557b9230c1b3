#include "orchestrator/metrics/catalogue.hpp"

#include "orchestrator/metrics/definition.hpp"

#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

void touch_everything(catalogue& metrics) {
  metrics.of("frontdoor").request_finished(200, 30ms);
  metrics.of("frontdoor").queue_waited(2s);
  metrics.of("frontdoor").first_byte(20ms);
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").client_gone();
  metrics.of("frontdoor").upstream_retried();
  metrics.key_request_finished("ann", 200);
  metrics.access_log_dropped(3);
  metrics.instance_state("frontdoor", "frontdoor", "ready");
  metrics.instance_restarted("frontdoor", "frontdoor", "crashed: signal 9 (SIGKILL)");
  metrics.load_finished("frontdoor", "frontdoor", 12s);
  metrics.evicted("frontdoor", "evicted");
  metrics.memory(1000, 10);
  metrics.footprint("frontdoor", "frontdoor", 10);
  metrics.instance_memory("frontdoor", "frontdoor", {.pss = 4, .anon = 3, .file = 1, .swapped = 0});
  metrics.misestimated("frontdoor");
  metrics.host_memory(100, 0);
  metrics.waiting("frontdoor", "interactive", 3);
  metrics.slots("frontdoor", "frontdoor", 1, 4);
  metrics.writes_dropped("instance_log", 2);
  metrics.registry_generation(2);
  metrics.registry_reloaded("applied");
  metrics.build_info("0.1.0", "0.7.0");
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

TEST_CASE("metrics: an instance is in exactly one state") {
  catalogue metrics;
  metrics.instance_state("embedder", "embedder-2", "starting");
  metrics.instance_state("embedder", "embedder-2", "ready");
  const auto text = metrics.text();
  const std::string sample =
      R"(rolecall_instance_state{instance="embedder-2",role="embedder",state=")";
  CHECK(has_line(text, sample + R"(ready"} 1)"));
  for (const std::string state :
       {"stopped", "starting", "draining", "stopping", "backoff", "failed"})
    CHECK(has_line(text, sample + state + R"("} 0)"));
}

TEST_CASE(
    "metrics: requests are counted by role and status; a status that HTTP does not know is "
    "bounded") {
  catalogue metrics;
  metrics.of("frontdoor").request_finished(200, 1ms);
  metrics.of("frontdoor").request_finished(200, 1ms);
  metrics.of("").request_finished(404, 1ms);
  metrics.of("").request_finished(70000, 1ms);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_requests_total{role="frontdoor",status="200"} 2)"));
  CHECK(has_line(text, R"(rolecall_requests_total{role="",status="404"} 1)"));
  CHECK(has_line(text, R"(rolecall_requests_total{role="",status="100"} 1)"));
  CHECK(text.find("70000") == std::string::npos);
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

TEST_CASE("metrics: gauges follow both ways") {
  catalogue metrics;
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").in_flight(-1);
  metrics.waiting("frontdoor", "background", 5);
  metrics.waiting("frontdoor", "background", 2);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_requests_in_flight{role="frontdoor"} 1)"));
  CHECK(has_line(text, R"(rolecall_waiters{priority="background",role="frontdoor"} 2)"));
}

TEST_CASE("metrics: nobody waits for a role that is gone, and others' waiters stay") {
  catalogue metrics;
  metrics.waiting("frontdoor", "interactive", 0);
  metrics.waiting("frontdoor", "background", 0);
  metrics.waiting("coder", "background", 1);
  metrics.role_gone("frontdoor");
  metrics.role_gone("never_there");
  const auto text = metrics.text();
  CHECK(text.find("frontdoor") == std::string::npos);
  CHECK(text.find("never_there") == std::string::npos);
  CHECK(has_line(text, R"(rolecall_waiters{priority="background",role="coder"} 1)"));
}

TEST_CASE("metrics: there is one build, the last that was told") {
  catalogue metrics;
  metrics.build_info("0.1.0", "engine one");
  metrics.build_info("0.1.0", "engine two");
  metrics.build_info("0.1.0", "engine two");
  const auto text = metrics.text();
  CHECK(text.find("engine one") == std::string::npos);
  CHECK(has_line(text, R"(rolecall_build_info{engine="engine two",version="0.1.0"} 1)"));
}

TEST_CASE("metrics: byte gauges keep every digit of a terabyte") {
  catalogue metrics;
  metrics.memory(1'133'871'366'145ULL, 300'647'710'721ULL);
  const auto text = metrics.text();
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("rolecall_memory_budget_bytes"))
      CHECK(std::stod(line.substr(line.find(' '))) == 1'133'871'366'145.0);
    if (line.starts_with("rolecall_memory_reserved_bytes"))
      CHECK(std::stod(line.substr(line.find(' '))) == 300'647'710'721.0);
  }
  CHECK(text.find("rolecall_memory_budget_bytes ") != std::string::npos);
}

TEST_CASE("metrics: a load of half an hour falls into the last finite bucket") {
  catalogue metrics;
  metrics.load_finished("architect_general", "architect_general", 1799s);
  const auto text = metrics.text();
  const std::string sample =
      R"(rolecall_load_duration_seconds_bucket{role="architect_general",le=")";
  CHECK(has_line(text, sample + R"(600"} 0)"));
  CHECK(has_line(text, sample + R"(1800"} 1)"));
}

TEST_CASE("metrics: many threads count one role and none is lost") {
  catalogue metrics;
  constexpr int rounds = 2000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&metrics] {
        for (int i = 0; i < rounds; ++i) {
          metrics.of("frontdoor").in_flight(1);
          metrics.of("frontdoor").request_finished(i % 2 == 0 ? 200 : 503, 1ms);
          metrics.of("frontdoor").in_flight(-1);
        }
      });
  }
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_requests_total{role="frontdoor",status="200"} 4000)"));
  CHECK(has_line(text, R"(rolecall_requests_total{role="frontdoor",status="503"} 4000)"));
  CHECK(has_line(text, R"(rolecall_requests_in_flight{role="frontdoor"} 0)"));
}
