#include "orchestrator/metrics/daemon_metrics.hpp"

#include "orchestrator/metrics/catalogue.hpp"
#include "tests/unit/metrics/metric_lines.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;
using rolecall::test::has_line;
using rolecall::test::has_metric;

}  // namespace

TEST_CASE("metrics: loops are shown by thread: how late they run, and how long they have not") {
  catalogue metrics;
  auto& daemon = metrics.daemon();
  daemon.loop_lag("control", 2ms);
  daemon.loop_lag("control", 7s);
  daemon.loop_lag("data-1", 100us);
  daemon.heartbeat_age("control", 500ms);
  daemon.heartbeat_age("control", 250ms);
  const auto text = metrics.text();
  const std::string lag = R"(rolecall_loop_lag_seconds_bucket{thread=")";
  CHECK(has_line(text, lag + R"(control",le="0.001"} 0)"));
  CHECK(has_line(text, lag + R"(control",le="0.005"} 1)"));
  CHECK(has_line(text, lag + R"(control",le="5"} 1)"));
  CHECK(has_line(text, lag + R"(control",le="30"} 2)"));
  CHECK(has_line(text, lag + R"(data-1",le="0.001"} 1)"));
  CHECK(has_line(text, R"(rolecall_heartbeat_age_seconds{thread="control"} 0.25)"));
}

TEST_CASE("metrics: the daemon shows what it uses, and a limit only if there is one") {
  catalogue metrics;
  auto& daemon = metrics.daemon();
  daemon.started(std::chrono::system_clock::time_point{1'790'000'000s});
  daemon.usage({.open_descriptors = 40,
                .descriptor_limit = 1024,
                .user_seconds = 1.5,
                .system_seconds = 0.25,
                .resident_bytes = 30'000'000});
  auto text = metrics.text();
  CHECK(has_line(text, "rolecall_start_timestamp_seconds 1790000000"));
  CHECK(has_line(text, "rolecall_open_descriptors 40"));
  CHECK(has_line(text, "rolecall_descriptor_limit 1024"));
  CHECK(has_line(text, R"(rolecall_cpu_seconds_total{mode="user"} 1.5)"));
  CHECK(has_line(text, R"(rolecall_cpu_seconds_total{mode="system"} 0.25)"));
  CHECK(has_line(text, "rolecall_resident_memory_bytes 30000000"));
  daemon.usage({.open_descriptors = 30, .user_seconds = 2});
  text = metrics.text();
  CHECK(has_line(text, "rolecall_open_descriptors 30"));
  CHECK(has_line(text, R"(rolecall_cpu_seconds_total{mode="user"} 2)"));
  CHECK_FALSE(has_metric(text, "rolecall_descriptor_limit"));
}

TEST_CASE("metrics: there is one build, the last that was told") {
  catalogue metrics;
  metrics.daemon().build("0.1.0", "engine one");
  metrics.daemon().build("0.1.0", "engine two");
  metrics.daemon().build("0.1.0", "engine two");
  const auto text = metrics.text();
  CHECK(text.find("engine one") == std::string::npos);
  CHECK(has_line(text, R"(rolecall_build_info{engine="engine two",version="0.1.0"} 1)"));
}

TEST_CASE("metrics: reloads are counted by outcome, lost writes by kind of file") {
  catalogue metrics;
  auto& daemon = metrics.daemon();
  daemon.registry_generation(1);
  daemon.registry_reloaded("applied");
  daemon.registry_reloaded("refused");
  daemon.registry_reloaded("refused");
  daemon.registry_generation(2);
  daemon.writes_dropped("instance_log", 2);
  daemon.writes_dropped("instance_log", 3);
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_registry_generation 2"));
  CHECK(has_line(text, R"(rolecall_registry_reloads_total{outcome="applied"} 1)"));
  CHECK(has_line(text, R"(rolecall_registry_reloads_total{outcome="refused"} 2)"));
  CHECK(has_line(text, R"(rolecall_dropped_writes_total{file="instance_log"} 5)"));
}
