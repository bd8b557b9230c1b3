#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/memory_view.hpp"
#include "tools/rolectl/status_view.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using namespace rolecall::admin;

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
  auto worker = role("worker", "hot", {busy});
  worker.pinned = true;
  worker.waiting = 3;
  auto shared = role("worker_math", "hot", {busy});
  shared.shares = "worker";
  auto crashed = instance("embedder-2", "backoff", 8091, 0);
  crashed.reason = "crashed: signal 9 (SIGKILL)\nlog line";
  crashed.restarts = 2;
  auto embedder = role("embedder", "warm",
                       {instance("embedder-1", "ready", 8090, 0), crashed,
                        instance("embedder-3", "ready", 8092, 0)});
  auto evicted = instance("architect", "stopped", 8083, 0);
  evicted.reason = "evicted";
  s.roles = {worker, shared, embedder, role("architect", "warm", {evicted})};
  return s;
}

}  // namespace

TEST_CASE("rolectl status: one line per role, replicas summed up, shared processes named") {
  CHECK(
      status_text(fleet(), {}) ==
      "rolecalld 0.1.0, up 3h5m, engine llama-server 0.7.0\n"
      "registry /etc/r.yaml, front door 127.0.0.1:8070\n"
      "\n"
      "ROLE         STATE      SINCE  PORT       MODEL  TIER        RESERVED  REQUESTS  WAITING  "
      "REASON\n"
      "worker       ready         1m  8082       m      hot pinned   2.0 GiB         2        3\n"
      "worker_math  ready         1m  8082       m      hot                                   0  "
      "shares worker\n"
      "embedder     ready 2/3     1m  8090-8092  m      warm                         0        0  "
      "crashed: signal 9 (SIGKILL); 2 restarts\n"
      "architect    stopped       1m  8083       m      warm                         0        0  "
      "evicted\n"
      "\n"
      "memory [########......................] 2.0 GiB of 8.0 GiB reserved (25 %), 6.0 GiB free\n");
}

TEST_CASE("rolectl status: a narrow screen gives up what matters least, and no line leaves it") {
  screen narrow;
  narrow.width = 72;
  CHECK(status_text(fleet(), narrow) ==
        "rolecalld 0.1.0, up 3h5m, engine llama-server 0.7.0\n"
        "registry /etc/r.yaml, front door 127.0.0.1:8070\n"
        "\n"
        "ROLE         STATE      RESERVED  REQUESTS  WAITING  REASON\n"
        "worker       ready       2.0 GiB         2        3\n"
        "worker_math  ready                                0  shares worker\n"
        "embedder     ready 2/3                   0        0  crashed: signal 9 (\n"
        "architect    stopped                     0        0  evicted\n"
        "\n"
        "memory [########......................] 2.0 GiB of 8.0 GiB reserved (25 \n");
}

TEST_CASE("rolectl status: states have their colours on a terminal") {
  screen colourful;
  colourful.is_terminal = true;
  colourful.colour = true;
  const auto text = status_text(fleet(), colourful);
  CHECK(text.find("\033[32mready\033[0m") != std::string::npos);
  CHECK(text.find("\033[2mstopped\033[0m") != std::string::npos);
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
  CHECK(budget_line(s) ==
        "memory [..............................] 0 B of 0 B reserved (0 %), 0 B free\n");
  s.budget = gib;
  s.reserved = 2 * gib;
  CHECK(budget_line(s) ==
        "memory [##############################] 2.0 GiB of 1.0 GiB reserved (200 %), 0 B free\n");
}

TEST_CASE("rolectl memory: the estimate by part stands beside the reservation") {
  CHECK(
      memory_text(fleet(), {}) ==
      "ROLE       STATE      WEIGHTS   KV CACHE  ESTIMATE  INSTANCES  RESERVED\n"
      "worker     ready      1.0 GiB  512.0 MiB   1.5 GiB          1   2.0 GiB\n"
      "embedder   ready 2/3  1.0 GiB  512.0 MiB   1.5 GiB          3\n"
      "architect  stopped    1.0 GiB  512.0 MiB   1.5 GiB          1\n"
      "\n"
      "The estimate is of one instance. Host memory 16.0 GiB.\n"
      "memory [########......................] 2.0 GiB of 8.0 GiB reserved (25 %), 6.0 GiB free\n");
}

TEST_CASE("rolectl memory: one role shows its parts and its instances") {
  CHECK(memory_text(fleet().roles[0], {}) ==
        "PART           ESTIMATE\n"
        "weights         1.0 GiB\n"
        "KV cache      512.0 MiB\n"
        "one instance    1.5 GiB\n"
        "\n"
        "INSTANCE  STATE  RESERVED\n"
        "worker    ready   2.0 GiB\n");
}

TEST_CASE("rolectl events: an event is one line with its time in UTC") {
  CHECK(event_line({7, 1'700'000'000'123, "state", "r", "r-1", "starting → ready\nlog line"}, {}) ==
        "2023-11-14T22:13:20.123Z  state    r-1  starting → ready\n");
  CHECK(event_line({8, 0, "refuse", "r", "", "queue full"}, {}) ==
        "1970-01-01T00:00:00.000Z  refuse   r  queue full\n");
  CHECK(utc_words(-1) == "1969-12-31T23:59:59.999Z");
}
