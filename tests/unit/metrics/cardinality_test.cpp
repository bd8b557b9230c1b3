#include "orchestrator/metrics/catalogue.hpp"

#include <array>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

// Each line costs Prometheus memory for as long as it keeps the series: that none is added unseen,
// docs/metrics.md tells how many there are.

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;

std::string documentation() {
  const std::ifstream file{ROLECALL_SOURCE_DIR "/docs/metrics.md"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Samples that have this in their labels.
std::size_t samples_with(const catalogue& metrics, const std::string& label) {
  std::istringstream lines{metrics.text()};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.find(label) != std::string::npos) ++count;
  return count;
}

}  // namespace

TEST_CASE("metrics: docs/metrics.md tells how many lines a role has once it was asked") {
  catalogue metrics;
  metrics.of("coder").in_flight(1);
  const auto lines = samples_with(metrics, R"(role="coder")");
  metrics.of("coder").request_finished("messages", 200, 1s);
  CHECK(samples_with(metrics, R"(role="coder")") == lines + 1);
  CHECK(documentation().find("| each role that was asked | " + std::to_string(lines) +
                             ", and 1 ") != std::string::npos);
}

TEST_CASE("metrics: docs/metrics.md tells how many lines a role has that nobody asked") {
  catalogue metrics;
  metrics.waiting("coder", "interactive", 0);
  metrics.waiting("coder", "background", 0);
  metrics.tier("coder", "hot");
  metrics.speed("coder", {.measured = 30, .expected = 40, .acceptance = 0.5});
  metrics.misestimated("coder");
  const auto lines = samples_with(metrics, R"(role="coder")");
  metrics.of("coder", "coder").load_finished(1s);
  const auto loaded =
      samples_with(metrics, R"(role="coder")") - samples_with(metrics, "instance=") - lines;
  CHECK(documentation().find("| each role | " + std::to_string(lines) + " at most, " +
                             std::to_string(loaded) + " more once it was loaded") !=
        std::string::npos);
}

TEST_CASE("metrics: docs/metrics.md tells how many lines an instance has") {
  catalogue metrics;
  auto& instance = metrics.of("coder", "coder-1");
  instance.state("ready");
  instance.ready_since(std::chrono::system_clock::time_point{1s});
  instance.generation(1);
  instance.leases(0);
  instance.slots(0, 1);
  instance.load_finished(1s);
  for (const auto* phase : {"queued", "evicting", "page_in", "engine", "warm_up"})
    instance.load_phase(phase, 1s);
  instance.footprint(1);
  instance.reserved(1);
  instance.estimated(1);
  instance.learned(1);
  instance.memory({});
  instance.usage({});
  instance.engine({});
  instance.engine_sample_age(1s);
  instance.engine_sample_failed();
  const auto lines = samples_with(metrics, R"(instance="coder-1")");
  CHECK(documentation().find("| each instance | " + std::to_string(lines) + ", 1 ") !=
        std::string::npos);

  instance.nodes(std::array{node_share{0, 1}, node_share{1, 1}});
  instance.restarted("crashed: signal 9 (SIGKILL)");
  instance.load_failed("stalled: no progress for 60 s");
  CHECK(samples_with(metrics, R"(instance="coder-1")") == lines + 4);
}

TEST_CASE("metrics: docs/metrics.md tells how many lines a thread of the daemon has") {
  catalogue metrics;
  metrics.daemon().loop_lag("data-1", 1ms);
  metrics.daemon().heartbeat_age("data-1", 1s);
  CHECK(documentation().find("| each thread of the daemon | " +
                             std::to_string(samples_with(metrics, R"(thread="data-1")")) + " |") !=
        std::string::npos);
}
