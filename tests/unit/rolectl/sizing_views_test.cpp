#include "tools/rolectl/assess_view.hpp"
#include "tools/rolectl/budget_view.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/recommend_view.hpp"
#include "tools/rolectl/size_view.hpp"
#include "tools/rolectl/table.hpp"

#include <sstream>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

namespace {

using namespace rolecall;
using namespace rolecall::rolectl;

constexpr screen terminal{.is_terminal = true, .colour = false, .width = 80, .height = 24};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void check_width(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(display_width(line) <= 80, line);
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text);
  REQUIRE_MESSAGE(!document.HasParseError(), text);
  return document;
}

launcher::host_assessment big_host() {
  launcher::host_assessment host;
  host.memory.total = 527'000'000ULL * 1024;  // a machine sold with 512 GB
  host.memory.available = 500'000'000ULL * 1024;
  host.cpu_model = "AMD EPYC 9655 96-Core Processor";
  host.physical_cores = 96;
  host.logical_cpus = 192;
  host.flags_known = true;
  host.avx512 = {"avx512_bf16",      "avx512_bitalg", "avx512_vbmi2", "avx512_vnni",
                 "avx512_vpopcntdq", "avx512bw",      "avx512cd",     "avx512f"};
  host.nodes = {{0, {0, 1, 2, 3}, 270ULL << 30, 100ULL << 30, {10, 32}},
                {1, {4, 5, 6, 7}, 270ULL << 30, 1ULL << 30, {32, 10}}};
  host.storage = {
      {"model_dirs", "/mnt/raid0/llm/lmstudio/models", true, 8ULL << 40, 1ULL << 40, "xfs", false},
      {"state_dir", "/var/lib/rolecall", false, 1ULL << 40, 1ULL << 39, "ext4", {}}};
  host.memlock = launcher::host_assessment::memlock_limit{65536};
  host.numa_balancing = true;
  return host;
}

}  // namespace

TEST_CASE("rolectl assess: a host with 512 GB is PRODUCTION, as the field guide's script says") {
  const auto text = assess_text(big_host(), terminal);
  CHECK(has(text, "Tier: PRODUCTION - HOT + architect_general\n"));
  CHECK(has(text, "96 cores, 192 logical CPUs"));
  CHECK(has(text, "10 32"));
  CHECK(has(text, "missing  /var/lib/rolecall\n"));
  CHECK(has(text, "sysctl kernel.numa_balancing=0"));
  check_width(text);
}

TEST_CASE("rolectl assess: what a host does not tell is unknown") {
  const auto text = assess_text({}, terminal);
  CHECK(has(text, "memory          unknown\n"));
  CHECK(has(text, "avx-512         unknown\n"));
  CHECK_FALSE(has(text, "Tier"));
  CHECK_FALSE(has(text, "Warnings"));
}

TEST_CASE("rolectl assess: a cgroup with less memory decides the class") {
  auto host = big_host();
  host.memory.cgroup = launcher::cgroup_memory{100ULL << 30, 0, "/box"};
  const auto text = assess_text(host, terminal);
  CHECK(has(text, "Tier: BASIC - Frontdoor + workers, no architects"));
  CHECK(has(text, "/box"));
}

TEST_CASE("rolectl assess: JSON has the thresholds, and null for what is unknown") {
  const auto known = parsed(assess_json(big_host()));
  CHECK(std::string(known["tier"].GetString()) == "PRODUCTION");
  CHECK(known["thresholds_gib"].Size() == 5);
  CHECK(known["thresholds_gib"][4].GetInt() == 512);
  CHECK(known["kernel"]["memlock_bytes"].GetUint64() == 65536);
  CHECK(known["numa_nodes"][1]["distances"][0].GetInt() == 32);
  CHECK(known["storage"][0]["rotational"].IsFalse());
  CHECK(known["storage"][1]["rotational"].IsNull());
  CHECK(known["warnings"].Size() == 2);
  const auto unknown = parsed(assess_json({}));
  CHECK(unknown["cpu"]["avx512"].IsNull());
  CHECK(unknown["kernel"]["memlock_bytes"].IsNull());
  CHECK(unknown["kernel"]["numa_balancing"].IsNull());
}

TEST_CASE("rolectl budget: each step with its amount, and what the registry makes of it") {
  const auto text = budget_text(*parse_ram("512GB"), registry_budget{"r.yaml", {}}, terminal);
  CHECK(has(text, "available_for_models  419.2 GB"));
  CHECK(has(text, "hot_tier_budget        41.9 GB"));
  CHECK(has(text, "host.memory of r.yaml"));
  CHECK(has(text, "418.0 GB"));  // 512 GB less 16 GiB, not 16 GB
  check_width(text);
}

TEST_CASE("rolectl budget: JSON has exactly the calculator's fields") {
  const auto budget = parsed(budget_json(*parse_ram("512")));
  CHECK(budget.MemberCount() == 6);
  CHECK(budget["total_ram"].GetDouble() == 512);
  CHECK(budget["os_overhead"].GetDouble() == 16);
  CHECK(budget["safety_buffer"].GetDouble() == 76.8);
  CHECK(budget["available_for_models"].GetDouble() == 419.2);
  CHECK(budget["hot_tier_budget"].GetDouble() == 41.92);
  CHECK(budget["warm_tier_budget"].GetDouble() == 377.28);
}

TEST_CASE("rolectl --ram: GB are plain, GiB are compared as free -g shows them") {
  CHECK(parse_ram("512GB")->gigabytes == 512);
  CHECK(parse_ram("512")->thresholds == 512);
  CHECK(parse_ram("1TB")->gigabytes == 1000);
  CHECK(parse_ram("512GiB")->gigabytes == doctest::Approx(549.755813888));
  CHECK(parse_ram("512GiB")->thresholds == 512);
  CHECK(parse_ram("lots").error().find("is not a size") != std::string::npos);
  CHECK(parse_ram("512MB").error().find("less than 1 GiB") != std::string::npos);
  launcher::host_memory measured;
  measured.total = 527'000'000ULL * 1024;
  CHECK(ram_of(measured).thresholds == 502);
  CHECK(ram_of(measured).gigabytes == doctest::Approx(539.648));
}

TEST_CASE("rolectl size: the formula with its numbers, and the active parameters of a mixture") {
  const size_report report{.formula = {.parameters = registry::parameters_in("235B-A22B"),
                                       .quant = registry::find_quantisation("Q4_K_M")},
                           .file = {}};
  const auto text = size_text(report, terminal);
  CHECK(has(text, "235 × 0.5 × 1.1 = 129.25 GB"));
  CHECK(has(text, "22B of them for each token"));
  check_width(text);
  const auto json = parsed(size_json(report));
  CHECK(json["formula"]["size_gb"].GetDouble() == 129.25);
  CHECK_FALSE(json.HasMember("file"));
}

TEST_CASE("rolectl size: a file's true bytes stand beside both rules of thumb") {
  size_report report;
  report.formula = {registry::parameters_in("1B"), registry::find_quantisation("Q8_0")};
  report.file = measured_size{.path = "m.gguf",
                              .architecture = "qwen2",
                              .file_bytes = 1'000'000'000,
                              .parameters = 1'000'000'000,
                              .context = 4096,
                              .slots = 2,
                              .footprint = {}};
  report.file->footprint.weights = 1'000'000'000;
  report.file->footprint.kv_cache = 1'000'000'000;
  const auto text = size_text(report, terminal);
  CHECK(has(text, "8.00 bits per weight"));
  CHECK(has(text, "2 GB (1.9 GiB) with context 4096 in 2 slots"));
  CHECK(has(text, "1.1 GB, 45% too little"));
  CHECK(has(text, "1.2 GB, 40% too little"));
  check_width(text);
  CHECK(parsed(size_json(report))["file"]["footprint_bytes"].GetUint64() == 2'000'000'000);
}

TEST_CASE("rolectl size: a name that tells nothing gets no invented number") {
  size_report report;
  report.file = measured_size{};
  CHECK(has(size_text(report, terminal), "The formula has no answer"));
  CHECK_FALSE(parsed(size_json(report)).HasMember("formula"));
}

TEST_CASE("rolectl recommend: the profile, what fits, and where the figures disagree") {
  const auto ram = *parse_ram("512GB");
  const auto text =
      recommend_text(registry::recommend(ram.gigabytes, ram.thresholds), ram, terminal);
  CHECK(has(text, "Tier FULL: the full deployment"));
  CHECK(has(text, "Profile Full"));
  CHECK(has(text, "architect_coding"));
  CHECK(has(text, "529.9 GB"));
  CHECK(has(text, "238 + 271"));
  check_width(text);
}

TEST_CASE("rolectl recommend: on every size of host the lines fit 80 columns") {
  for (const auto* const size : {"8GB", "24GB", "48GB", "64GB", "128GB", "256GB", "2TB"}) {
    const auto ram = *parse_ram(size);
    check_width(recommend_text(registry::recommend(ram.gigabytes, ram.thresholds), ram, terminal));
  }
}

TEST_CASE("rolectl recommend: JSON tells which roles fit") {
  const auto json = parsed(recommend_json(registry::recommend(64, 64)));
  CHECK(std::string(json["tier"].GetString()) == "BASIC");
  CHECK(std::string(json["profile"].GetString()) == "Basic");
  REQUIRE(json["roles"].Size() == 4);
  CHECK(std::string(json["roles"][1]["role"].GetString()) == "coder_escalation");
  CHECK(json["roles"][0]["fits"].GetBool());
  CHECK_FALSE(json["roles"][1]["fits"].GetBool());
}

TEST_CASE("rolectl: text is wrapped between words and below itself") {
  const screen narrow{.is_terminal = true, .colour = false, .width = 12, .height = 0};
  CHECK(wrapped("one two three four", 2, narrow) == "one two\n  three four\n");
  CHECK(wrapped("", 2, narrow) == "\n");
  CHECK(wrapped("unbreakablelongword x", 0, narrow) == "unbreakablelongword\nx\n");
  CHECK(fact_text({{"a", "x"}, {"long", ""}}, narrow) == "a     x\nlong  unknown\n");
}
