#include "orchestrator/metrics/host_metrics.hpp"

#include "orchestrator/metrics/catalogue.hpp"
#include "tests/unit/metrics/metric_lines.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using rolecall::test::has_line;
using rolecall::test::has_metric;

}  // namespace

TEST_CASE("metrics: bytes keep every digit of a terabyte") {
  catalogue metrics;
  metrics.host().budget(1'133'871'366'145ULL, 300'647'710'721ULL);
  metrics.host().memory_left(1'099'511'627'777ULL, 0);
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_memory_budget_bytes 1133871366145"));
  CHECK(has_line(text, "rolecall_memory_reserved_bytes 300647710721"));
  CHECK(has_line(text, "rolecall_host_memory_available_bytes 1099511627777"));
  CHECK(has_line(text, "rolecall_host_memory_missing_bytes 0"));
}

TEST_CASE("metrics: a sample of the host is shown by resource, node, mode and directory") {
  catalogue metrics;
  metrics.host().sample(
      {.memory_bytes = 1000,
       .page_cache = 600,
       .cpu_stalled = {.some = 1.5, .full = {}},
       .memory_stalled = {.some = 2, .full = 1},
       .io_stalled = {.some = 4, .full = 3},
       .nodes = {{0, 500, 10}, {1, 501, 11}},
       .load = load_averages{.one = 0.5, .five = 1, .fifteen = 2.25},
       .cpu = cpu_seconds{.user = 10, .system = 20, .idle = 30, .iowait = 40, .other = 50},
       .state_disk = disk_space{.bytes = 100, .free = 40},
       .log_disk = disk_space{.bytes = 200, .free = 70}});
  const auto text = metrics.text();
  CHECK(has_line(text, "rolecall_host_memory_bytes 1000"));
  CHECK(has_line(text, "rolecall_host_page_cache_bytes 600"));
  const std::string stalled = "rolecall_host_stalled_seconds_total";
  CHECK(has_line(text, stalled + R"({resource="cpu",scope="some"} 1.5)"));
  CHECK(has_line(text, stalled + R"({resource="memory",scope="some"} 2)"));
  CHECK(has_line(text, stalled + R"({resource="memory",scope="full"} 1)"));
  CHECK(has_line(text, stalled + R"({resource="io",scope="some"} 4)"));
  CHECK(has_line(text, stalled + R"({resource="io",scope="full"} 3)"));
  CHECK(text.find(R"({resource="cpu",scope="full"})") == std::string::npos);
  CHECK(has_line(text, R"(rolecall_host_node_memory_bytes{node="0"} 500)"));
  CHECK(has_line(text, R"(rolecall_host_node_memory_free_bytes{node="1"} 11)"));
  CHECK(has_line(text, R"(rolecall_host_load{minutes="1"} 0.5)"));
  CHECK(has_line(text, R"(rolecall_host_load{minutes="5"} 1)"));
  CHECK(has_line(text, R"(rolecall_host_load{minutes="15"} 2.25)"));
  const std::string cpu = "rolecall_host_cpu_seconds_total";
  CHECK(has_line(text, cpu + R"({mode="user"} 10)"));
  CHECK(has_line(text, cpu + R"({mode="system"} 20)"));
  CHECK(has_line(text, cpu + R"({mode="idle"} 30)"));
  CHECK(has_line(text, cpu + R"({mode="iowait"} 40)"));
  CHECK(has_line(text, cpu + R"({mode="other"} 50)"));
  CHECK(has_line(text, R"(rolecall_disk_bytes{directory="state"} 100)"));
  CHECK(has_line(text, R"(rolecall_disk_free_bytes{directory="state"} 40)"));
  CHECK(has_line(text, R"(rolecall_disk_bytes{directory="log"} 200)"));
  CHECK(has_line(text, R"(rolecall_disk_free_bytes{directory="log"} 70)"));
}

TEST_CASE("metrics: what the host does not tell, or no longer, is not shown") {
  catalogue metrics;
  host_sample told;
  told.page_cache = 600;
  told.nodes = {{0, 500, 10}, {1, 501, 11}};
  told.load = load_averages{};
  told.state_disk = disk_space{.bytes = 100, .free = 40};
  metrics.host().sample(told);
  CHECK_FALSE(has_metric(metrics.text(), "rolecall_host_memory_bytes"));
  CHECK_FALSE(has_metric(metrics.text(), "rolecall_host_stalled_seconds_total"));
  told = {};
  told.nodes = {{1, 501, 12}};
  metrics.host().sample(told);
  const auto text = metrics.text();
  for (const std::string name : {"rolecall_host_page_cache_bytes", "rolecall_host_load",
                                 "rolecall_disk_bytes", "rolecall_disk_free_bytes"}) {
    CAPTURE(name);
    CHECK_FALSE(has_metric(text, name));
  }
  CHECK(has_line(text, R"(rolecall_host_node_memory_free_bytes{node="1"} 12)"));
  CHECK(text.find(R"(node="0")") == std::string::npos);
}

TEST_CASE("metrics: a total of the host that falls a little stays where it was") {
  catalogue metrics;
  const auto iowait = [](double seconds) {
    host_sample told;
    told.cpu = cpu_seconds{.iowait = seconds};
    return told;
  };
  const std::string sample = R"(rolecall_host_cpu_seconds_total{mode="iowait"} )";
  metrics.host().sample(iowait(40));
  metrics.host().sample(iowait(39.5));
  CHECK(has_line(metrics.text(), sample + "40"));
  metrics.host().sample(iowait(41));
  CHECK(has_line(metrics.text(), sample + "41"));
}
