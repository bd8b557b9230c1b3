#include "orchestrator/admin/status_reader.hpp"
#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/memory_view.hpp"
#include "tools/rolectl/plan_view.hpp"
#include "tools/rolectl/status_view.hpp"
#include "tools/rolectl/text_columns.hpp"

#include <sstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using namespace rolecall::admin;
namespace admin = rolecall::admin;

constexpr std::uint64_t gib = 1ULL << 30;

instance_status instance(std::string name, std::string state, std::uint16_t port,
                         std::uint64_t reserved) {
  instance_status i;
  i.name = std::move(name);
  i.state = std::move(state);
  i.port = port;
  i.reserved_bytes = reserved;
  i.since_seconds = 90;
  return i;
}

role_status role(std::string name, std::string tier, std::vector<instance_status> instances) {
  role_status r;
  r.name = std::move(name);
  r.tier = std::move(tier);
  r.model = "m";
  r.footprint.weights = gib;
  r.footprint.kv_cache = gib / 2;
  r.instances = std::move(instances);
  return r;
}

fleet_status fleet() {
  fleet_status s;
  s.version = "0.1.0";
  s.engine = "llama-server 0.7.0";
  s.registry_file = "/etc/r.yaml";
  s.uptime_seconds = 3 * 3600 + 5 * 60;
  s.memory_total = 16 * gib;
  s.budget = 8 * gib;
  s.reserved = 2 * gib;
  s.listen = {"127.0.0.1:8070"};

  auto busy = instance("worker", "ready", 8082, 2 * gib);
  busy.leases = 2;
  busy.memory = {.pss = gib + gib / 2, .anon = 0, .file = 0, .swapped = 0};
  auto worker = role("worker", "hot", {busy});
  worker.pinned = true;
  worker.waiting = 3;
  worker.quant = "Q4";
  worker.in_flight = 2;
  worker.tokens_per_second = 12.5;
  auto shared = role("worker_math", "hot", {busy});
  shared.shares = "worker";
  auto crashed = instance("embedder-2", "backoff", 8091, 0);
  crashed.reason = "crashed: signal 9 (SIGKILL)\nlog line";
  crashed.restarts = 2;
  auto embedder = role("embedder", "warm",
                       {instance("embedder-1", "ready", 8090, 0), crashed,
                        instance("embedder-3", "ready", 8092, 0)});
  auto loading = instance("architect", "starting", 8083, 4 * gib);
  loading.reason = "request";
  loading.load = {
      .phase = "page_in", .ratio = 0.42, .bytes_per_second = 3.1 * gib, .elapsed_seconds = 9};
  auto architect = role("architect", "warm", {loading});
  architect.waiting = 1;
  s.roles = {worker, shared, embedder, architect};
  return s;
}

}  // namespace

TEST_CASE("rolectl status: one line per role, replicas summed up, shared processes named") {
  CHECK(
      status_text(fleet(), {}) ==
      "rolecalld 0.1.0, up 3h5m, engine llama-server 0.7.0\n"
      "registry /etc/r.yaml (generation 1), front door 127.0.0.1:8070\n"
      "\n"
      "ROLE         STATE      SINCE  PORT       MODEL  QUANT  TIER             MEMORY             "
      " "
      "REQS  TOK/S  REASON\n"
      "worker       ready         1m  8082       m      Q4     hot pinned  1.5/2.0 GiB  [######..] "
      "  2/3   12.5\n"
      "worker_math  ready         1m  8082       m             hot                                 "
      " "
      " 0/0         shares worker\n"
      "embedder     ready 2/3     1m  8090-8092  m             warm                                "
      " "
      " 0/0      0  crashed: signal 9 (SIGKILL); 2 restarts\n"
      "architect    starting      1m  8083       m             warm          -/4.0 GiB  [........] "
      " "
      " 0/1         reading 42 %, 3.1 GiB/s; request\n"
      "\n"
      "memory [########......................] 2.0 GiB of 8.0 GiB reserved (25 %), 6.0 GiB free\n");
}

TEST_CASE("rolectl status: a narrow screen gives up what matters least") {
  CHECK(status_text(fleet(), {.width = 72}) ==
        "rolecalld 0.1.0, up 3h5m, engine llama-server 0.7.0\n"
        "registry /etc/r.yaml (generation 1), front door 127.0.0.1:8070\n"
        "\n"
        "ROLE         STATE           MEMORY  REQS  TOK/S  REASON\n"
        "worker       ready      1.5/2.0 GiB   2/3   12.5\n"
        "worker_math  ready                    0/0         shares worker\n"
        "embedder     ready 2/3                0/0      0  crashed: signal 9 (SIG\n"
        "architect    starting     -/4.0 GiB   0/1         reading 42 %, 3.1 GiB/\n"
        "\n"
        "memory [####..........] 2.0 GiB of 8.0 GiB reserved (25 %), 6.0 GiB free\n");
}

TEST_CASE("rolectl status: no line leaves a screen, however narrow") {
  auto status = fleet();
  status.registry.drift = "the file has changed";
  status.registry.waiting = {"host.listen"};
  status.roles[0].name = "役割";
  for (int width = 1; width <= 160; ++width) {
    std::istringstream lines{status_text(status, {.width = width})};
    for (std::string line; std::getline(lines, line);)
      CHECK_MESSAGE(display_width(line) <= static_cast<std::size_t>(width), line);
  }
}

TEST_CASE("rolectl status: states have their colours on a terminal") {
  screen colourful;
  colourful.is_terminal = true;
  colourful.colour = true;
  const auto text = status_text(fleet(), colourful);
  CHECK(text.find("\033[32mready\033[0m") != std::string::npos);
  CHECK(text.find("\033[33mstarting\033[0m") != std::string::npos);
  CHECK(look_of("stopped") == look::dim);
  CHECK(look_of("failed") == look::bad);
  CHECK(look_of("starting") == look::busy);
  CHECK(status_text(fleet(), {}).find('\033') == std::string::npos);
}

TEST_CASE("rolectl status: ports are ranges where they follow each other") {
  const auto ports = [](std::vector<std::uint16_t> list) {
    role_status r;
    for (const auto port : list) r.instances.push_back(instance("i", "ready", port, 0));
    return port_words(r);
  };
  CHECK(ports({8080}) == "8080");
  CHECK(ports({8090, 8091, 8092, 8095}) == "8090-8092,8095");
  CHECK(ports({}).empty());
}

TEST_CASE("rolectl status: ages have one or two units") {
  CHECK(age_words(0.9) == "0s");
  CHECK(age_words(59.9) == "59s");
  CHECK(age_words(60) == "1m");
  CHECK(age_words(3600) == "1h");
  CHECK(age_words(3 * 3600 + 5 * 60 + 59) == "3h5m");
  CHECK(age_words(26 * 3600) == "1d2h");
  CHECK(age_words(-1) == "0s");
}

TEST_CASE(
    "rolectl status: the budget's bar is full at the budget and beyond, and empty without one") {
  fleet_status s;
  CHECK(budget_line(s, {}) ==
        "memory [..............................] 0 B of 0 B reserved (0 %), 0 B free\n");
  s.budget = gib;
  s.reserved = 2 * gib;
  CHECK(budget_line(s, {}) ==
        "memory [##############################] 2.0 GiB of 1.0 GiB reserved (200 %), 0 B free\n");
}

TEST_CASE("rolectl memory: estimate, learned peak, reservation and measurement side by side") {
  auto status = fleet();
  status.host = {.available = 9 * gib,
                 .fleet_files = gib,
                 .floor = gib / 4,
                 .missing = 0,
                 .stalled = 0,
                 .limited_by = "the host"};
  status.roles[0].learned = {
      .private_bytes = 2 * gib, .pss = 3 * gib, .samples = 9, .proven = false, .error = {}};
  status.roles[0].instances[0].memory = {
      .pss = gib, .anon = gib / 2, .file = gib / 2, .swapped = 0};
  const auto text = memory_text(status, {});
  CHECK(
      text ==
      "ROLE       STATE      WEIGHTS     CACHES     ESTIMATE         LEARNED  RESERVED  MEASURED\n"
      "worker     ready      1.0 GiB  512.0 MiB      1.5 GiB  2.0 GiB so far   2.0 GiB   1.0 GiB\n"
      "embedder   ready 2/3  1.0 GiB  512.0 MiB  3 × 1.5 GiB\n"
      "architect  starting   1.0 GiB  512.0 MiB      1.5 GiB                   4.0 GiB\n"
      "\n"
      "Estimate and learned peak are of one instance; mapped weights count once in the budget, "
      "however\nmany map them, and are measured by each process's share (PSS).\n"
      "the host: 16.0 GiB, 8.0 GiB left besides 1.0 GiB of the fleet's weights in page cache, "
      "floor 256.0 MiB\n"
      "memory [########......................] 2.0 GiB of 8.0 GiB reserved (25 %), 6.0 GiB "
      "free\n");
}

TEST_CASE("rolectl memory: what is missing to the floor, and stalls, are told") {
  auto status = fleet();
  status.host = {.available = 0,
                 .fleet_files = 0,
                 .floor = gib,
                 .missing = gib,
                 .stalled = 0.25,
                 .limited_by = "the cgroup /x"};
  const auto text = memory_text(status, {});
  CHECK(text.find("the cgroup /x: 16.0 GiB, 0 B left, floor 1.0 GiB\n"
                  "1.0 GiB are missing to the floor: nothing is loaded, idle WARM roles leave\n"
                  "every task waited for memory for 25 % of the last 10 s\n") != std::string::npos);
}

TEST_CASE("rolectl memory: one role shows its parts, what was learned and its instances") {
  auto role = fleet().roles[0];
  role.footprint.mapped = {{{1, 2}, gib, "a.gguf"}};
  CHECK(memory_text(role, {}) ==
        "PART           ESTIMATE\n"
        "weights         1.0 GiB\n"
        "KV cache      512.0 MiB\n"
        "one instance    1.5 GiB\n"
        "of it mapped    1.0 GiB\n"
        "\n"
        "not measured yet\n"
        "\n"
        "INSTANCE  STATE  RESERVED      PSS\n"
        "worker    ready   2.0 GiB  1.5 GiB\n");
  role.learned = {.private_bytes = gib,
                  .pss = gib,
                  .samples = 12,
                  .proven = true,
                  .reserve_bytes = gib + gib / 2,
                  .error = 0.333};
  CHECK(learned_line(role) ==
        "measured 1.0 GiB private at most, in 12 samples: the estimate was wrong by +33 %\n"
        "a load reserves 1.5 GiB private\n\n");
  role.learned->proven = false;
  role.learned->error.reset();
  CHECK(learned_line(role) ==
        "measured 1.0 GiB private at most, in 12 samples\n"
        "a load reserves 1.5 GiB private; a lower figure has to be seen at work for longer "
        "first\n\n");
}

TEST_CASE("rolectl plan load: the verdict, the numbers and who would go") {
  admin::load_plan plan{.role = "architect",
                        .decision = "evict",
                        .verdict = "role architect would start when its idle victims have left",
                        .needed_bytes = 3 * gib,
                        .held_bytes = gib,
                        .free_bytes = gib / 2,
                        .victims = {{"worker", 75, 4 * gib, "idle longest"}}};
  CHECK(plan_text(plan, {}) ==
        "role architect would start when its idle victims have left\n"
        "besides 1.0 GiB of mapped files that are in memory for other roles already\n"
        "\n"
        "LEAVES  IDLE    FREES  REASON\n"
        "worker    1m  4.0 GiB  idle longest\n");
  const auto again = admin::read_load_plan(to_json(plan));
  REQUIRE(again);
  CHECK(plan_text(*again, {}) == plan_text(plan, {}));
  CHECK_FALSE(admin::read_load_plan("[]"));
  plan.victims.clear();
  plan.held_bytes = 0;
  CHECK(plan_text(plan, {}) == "role architect would start when its idle victims have left\n");
}

TEST_CASE("rolectl events: an event is one line with its time in UTC") {
  CHECK(event_line({7, 1'700'000'000'123, "state", "r", "r-1", "starting → ready\nlog line"}, {}) ==
        "2023-11-14T22:13:20.123Z  state     r-1  starting → ready\n");
  CHECK(event_line({8, 0, "refuse", "r", "", "queue full"}, {}) ==
        "1970-01-01T00:00:00.000Z  refuse    r  queue full\n");
  CHECK(utc_words(-1) == "1969-12-31T23:59:59.999Z");
}
