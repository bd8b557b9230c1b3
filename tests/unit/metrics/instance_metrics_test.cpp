#include "orchestrator/metrics/instance_metrics.hpp"

#include "orchestrator/metrics/catalogue.hpp"
#include "tests/unit/metrics/metric_lines.hpp"

#include <array>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;
using rolecall::test::has_line;
using rolecall::test::has_metric;

const std::string embedder_2 = R"({instance="embedder-2",role="embedder"})";
const std::string embedder_2_and = R"({instance="embedder-2",)";

}  // namespace

TEST_CASE("metrics: an instance is in exactly one state") {
  catalogue metrics;
  metrics.of("embedder", "embedder-2").state("starting");
  metrics.of("embedder", "embedder-2").state("ready");
  const auto text = metrics.text();
  const std::string sample =
      R"(rolecall_instance_state{instance="embedder-2",role="embedder",state=")";
  CHECK(has_line(text, sample + R"(ready"} 1)"));
  for (const std::string state :
       {"stopped", "starting", "draining", "stopping", "backoff", "failed"})
    CHECK(has_line(text, sample + state + R"("} 0)"));
}

TEST_CASE("metrics: an instance that is not ready has no time since when it is") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.ready_since(std::chrono::system_clock::time_point{1'790'000'000'250ms});
  CHECK(has_line(metrics.text(),
                 "rolecall_instance_ready_timestamp_seconds" + embedder_2 + " 1790000000.25"));
  instance.ready_since(std::nullopt);
  CHECK_FALSE(has_metric(metrics.text(), "rolecall_instance_ready_timestamp_seconds"));
}

TEST_CASE("metrics: restarts and failed loads are counted by the kind of their reason") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.restarted("crashed: signal 9 (SIGKILL)");
  instance.restarted("crashed: signal 9 (SIGKILL)");
  instance.load_failed("stalled: no progress for 60 s");
  instance.load_failed("a reason that nobody has heard of, at 0x7fff");
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_instance_restarts_total" + embedder_2_and +
                           R"(reason="signal_9",role="embedder"} 2)"));
  CHECK(has_line(text, "rolecall_load_failures_total" + embedder_2_and +
                           R"(reason="stalled",role="embedder"} 1)"));
  CHECK(has_line(text, "rolecall_load_failures_total" + embedder_2_and +
                           R"(reason="other",role="embedder"} 1)"));
  CHECK(text.find("0x7fff") == std::string::npos);
}

TEST_CASE("metrics: loads are counted by instance and their durations by role") {
  catalogue metrics;
  metrics.of("architect", "architect-1").load_finished(1799s);
  metrics.of("architect", "architect-2").load_finished(20s);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_loads_total{instance="architect-2",role="architect"} 1)"));
  const std::string bucket = R"(rolecall_load_duration_seconds_bucket{role="architect",le=")";
  CHECK(has_line(text, bucket + R"(10"} 0)"));
  CHECK(has_line(text, bucket + R"(600"} 1)"));
  CHECK(has_line(text, bucket + R"(1800"} 2)"));
}

TEST_CASE("metrics: the time of loads is added up by phase, and an unknown phase is other") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.load_phase("page_in", 2s);
  instance.load_phase("page_in", 500ms);
  instance.load_phase("warm_up", 0s);
  instance.load_phase("dreaming", 1s);
  const auto text = metrics.text();
  const std::string sample = "rolecall_load_phase_seconds_total" + embedder_2_and + "phase=";
  CHECK(has_line(text, sample + R"("page_in",role="embedder"} 2.5)"));
  CHECK(has_line(text, sample + R"("warm_up",role="embedder"} 0)"));
  CHECK(has_line(text, sample + R"("other",role="embedder"} 1)"));
  CHECK(text.find("dreaming") == std::string::npos);
  CHECK(text.find(R"(phase="queued")") == std::string::npos);
}

TEST_CASE("metrics: what is not known of a load or of a footprint is not shown") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.load_ratio(0.42);
  instance.learned(5);
  auto text = metrics.text();
  CHECK(has_line(text, "rolecall_instance_load_ratio" + embedder_2 + " 0.42"));
  CHECK(has_line(text, "rolecall_instance_learned_bytes" + embedder_2 + " 5"));
  instance.load_ratio(std::nullopt);
  instance.learned(std::nullopt);
  text = metrics.text();
  CHECK_FALSE(has_metric(text, "rolecall_instance_load_ratio"));
  CHECK_FALSE(has_metric(text, "rolecall_instance_learned_bytes"));
}

TEST_CASE("metrics: nodes on which an instance has no memory any more are not shown") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.nodes(std::array{node_share{0, 10}, node_share{1, 20}});
  instance.nodes(std::array{node_share{1, 25}});
  const auto text = metrics.text();
  CHECK(has_line(
      text, "rolecall_instance_node_bytes" + embedder_2_and + R"(node="1",role="embedder"} 25)"));
  CHECK(text.find(R"(node="0")") == std::string::npos);
}

TEST_CASE("metrics: an engine's counters go on when its process is replaced") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  const auto shows = [&](const std::string& tokens) {
    return has_line(metrics.text(),
                    "rolecall_engine_predicted_tokens_total" + embedder_2 + " " + tokens);
  };
  instance.begin_process();
  instance.engine({.predicted_tokens = 100});
  instance.engine({.predicted_tokens = 150});
  CHECK(shows("150"));
  instance.begin_process();
  instance.engine({.predicted_tokens = 160});  // more than the former one had
  CHECK(shows("310"));
  instance.engine({.predicted_tokens = 5});  // replaced, and nobody told
  CHECK(shows("315"));
}

TEST_CASE("metrics: each total of an engine has its counter") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.begin_process();
  instance.engine({.prompt_tokens = 1,
                   .cached_tokens = 2,
                   .predicted_tokens = 3,
                   .decodes = 4,
                   .draft_tokens = 5,
                   .accepted_tokens = 6,
                   .prompt_seconds = 7.5,
                   .predicted_seconds = 8.5,
                   .processing = 9,
                   .deferred = 10});
  const auto text = metrics.text();
  const auto shows = [&](const std::string& name, const std::string& value) {
    CAPTURE(name);
    CHECK(has_line(text, "rolecall_engine_" + name + embedder_2 + " " + value));
  };
  shows("prompt_tokens_total", "1");
  shows("prompt_cached_tokens_total", "2");
  shows("predicted_tokens_total", "3");
  shows("decodes_total", "4");
  shows("draft_tokens_total", "5");
  shows("draft_tokens_accepted_total", "6");
  shows("prompt_seconds_total", "7.5");
  shows("predicted_seconds_total", "8.5");
  shows("requests_processing", "9");
  shows("requests_deferred", "10");
}

TEST_CASE("metrics: what an adopted process did before is not counted again") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.engine({.predicted_tokens = 1000});
  instance.usage({.user_seconds = 50, .system_seconds = 5, .major_faults = 7, .threads = 4});
  auto text = metrics.text();
  CHECK(has_line(text, "rolecall_engine_predicted_tokens_total" + embedder_2 + " 0"));
  CHECK(has_line(text, "rolecall_instance_major_faults_total" + embedder_2 + " 0"));
  instance.engine({.predicted_tokens = 1004});
  instance.usage({.user_seconds = 51, .system_seconds = 5.5, .major_faults = 9, .threads = 5});
  text = metrics.text();
  const std::string cpu = "rolecall_instance_cpu_seconds_total" + embedder_2_and;
  CHECK(has_line(text, "rolecall_engine_predicted_tokens_total" + embedder_2 + " 4"));
  CHECK(has_line(text, "rolecall_instance_major_faults_total" + embedder_2 + " 2"));
  CHECK(has_line(text, cpu + R"(mode="user",role="embedder"} 1)"));
  CHECK(has_line(text, cpu + R"(mode="system",role="embedder"} 0.5)"));
  CHECK(has_line(text, "rolecall_instance_threads" + embedder_2 + " 5"));
}

TEST_CASE("metrics: CPU seconds and faults go on when the process is replaced") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.begin_process();
  instance.usage({.user_seconds = 10, .major_faults = 3});
  instance.usage({.user_seconds = 2, .major_faults = 1});
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_instance_cpu_seconds_total" + embedder_2_and +
                           R"(mode="user",role="embedder"} 12)"));
  CHECK(has_line(text, "rolecall_instance_major_faults_total" + embedder_2 + " 4"));
}

TEST_CASE("metrics: an engine that does not answer keeps its last sample, and its age tells so") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.engine({.processing = 2, .deferred = 1});
  instance.engine_sample_failed();
  instance.engine_sample_age(17s);
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_engine_requests_processing" + embedder_2 + " 2"));
  CHECK(has_line(text, "rolecall_engine_requests_deferred" + embedder_2 + " 1"));
  CHECK(has_line(text, "rolecall_engine_sample_age_seconds" + embedder_2 + " 17"));
  CHECK(has_line(text, "rolecall_engine_sample_failures_total" + embedder_2 + " 1"));
}

TEST_CASE("metrics: without a process its gauges are absent and its counters stay") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.begin_process();
  instance.usage({.user_seconds = 10, .threads = 4});
  instance.nodes(std::array{node_share{0, 10}});
  instance.engine({.predicted_tokens = 3, .processing = 1});
  instance.engine_sample_age(1s);
  instance.footprint(10);
  instance.process_gone();
  const auto text = metrics.text();
  for (const std::string name :
       {"rolecall_instance_threads", "rolecall_instance_node_bytes",
        "rolecall_engine_requests_processing", "rolecall_engine_requests_deferred",
        "rolecall_engine_sample_age_seconds"}) {
    CAPTURE(name);
    CHECK_FALSE(has_metric(text, name));
  }
  CHECK(has_line(text, "rolecall_engine_predicted_tokens_total" + embedder_2 + " 3"));
  CHECK(has_line(text, "rolecall_instance_footprint_bytes" + embedder_2 + " 10"));
}

TEST_CASE(
    "metrics: of an instance that is gone only counters stay, and they go on when it returns") {
  catalogue metrics;
  auto& instance = metrics.of("embedder", "embedder-2");
  instance.state("ready");
  instance.ready_since(std::chrono::system_clock::time_point{1s});
  instance.generation(3);
  instance.leases(1);
  instance.slots(1, 4);
  instance.load_ratio(0.5);
  instance.footprint(1);
  instance.reserved(1);
  instance.estimated(1);
  instance.learned(1);
  instance.memory({.pss = 1, .anon = 1, .file = 1, .swapped = 1});
  instance.nodes(std::array{node_share{0, 10}});
  instance.usage({.threads = 4});
  instance.engine({.processing = 1});
  instance.engine_sample_age(1s);
  instance.load_finished(1s);
  metrics.of("embedder", "embedder-1").state("ready");
  instance.gone();

  std::string text = metrics.text();
  CHECK(has_line(text, "rolecall_loads_total" + embedder_2 + " 1"));
  CHECK(text.find(R"(rolecall_instance_state{instance="embedder-1")") != std::string::npos);
  for (const std::string name :
       {"instance_state", "instance_ready_timestamp_seconds", "instance_generation",
        "instance_leases", "instance_slots_taken", "instance_slots", "instance_load_ratio",
        "instance_footprint_bytes", "instance_reserved_bytes", "instance_estimated_bytes",
        "instance_learned_bytes", "instance_memory_bytes", "instance_node_bytes",
        "instance_threads", "engine_requests_processing", "engine_requests_deferred",
        "engine_sample_age_seconds"}) {
    CAPTURE(name);
    CHECK(text.find("rolecall_" + name + embedder_2_and.substr(0, embedder_2_and.size() - 1)) ==
          std::string::npos);
  }
  metrics.of("embedder", "embedder-2").load_finished(1s);
  CHECK(has_line(metrics.text(), "rolecall_loads_total" + embedder_2 + " 2"));
}

TEST_CASE("metrics: an instance that was never told of can go") {
  catalogue metrics;
  metrics.of("embedder", "embedder-2").gone();
  metrics.of("embedder", "embedder-2").process_gone();
  metrics.of("embedder", "embedder-2").memory_gone();
  CHECK(metrics.text().find("embedder") == std::string::npos);
}
