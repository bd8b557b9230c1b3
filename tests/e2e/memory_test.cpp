#include "launcher/process_memory.hpp"
#include "orchestrator/memory/learned_footprints.hpp"
#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::test;
using rolecall::registry::byte_count;
using std::chrono::milliseconds;

namespace {

constexpr std::array roles{"alpha", "beta", "gamma"};

milliseconds unix_now() {
  return std::chrono::duration_cast<milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

/// What one request of the trace saw.
struct visit {
  std::size_t role;
  milliseconds begun;
  milliseconds ended;
};

struct eviction {
  std::string role;
  std::string text;
  milliseconds at;
};

/// Roles of 2,000 requests, the first being asked for most (Zipf's law with exponent 1).
std::vector<std::size_t> zipf_trace(std::size_t length) {
  std::mt19937 random(20);
  std::discrete_distribution<std::size_t> choose{6, 3, 2};
  std::vector<std::size_t> trace(length);
  std::ranges::generate(trace, [&] { return choose(random); });
  return trace;
}

/// Collects the fleet's evictions from its bounded history, and its children's memory.
class fleet_observer {
 public:
  explicit fleet_observer(const running_daemon& fleet)
      : fleet_(fleet), thread_([this] { run(); }) {}

  std::vector<eviction> finish() {
    done_ = true;
    thread_.join();
    look();
    return evictions_;
  }
  [[nodiscard]] byte_count largest_pss() const { return largest_pss_; }

 private:
  void run() {
    while (!done_) {
      look();
      // The grid of the samples: memory has no event to wait for.
      std::this_thread::sleep_for(milliseconds{100});
    }
  }

  void look() {
    byte_count pss = 0;
    for (const auto pid : fleet_.children())
      if (const auto memory = rolecall::launcher::read_process_memory(pid)) pss += memory->pss;
    largest_pss_ = std::max(largest_pss_, pss);

    const auto answer =
        fleet_.admin_get("/admin/events?follow=false&after=" + std::to_string(seen_));
    for (std::size_t at = 0; (at = answer.body.find("data: ", at)) != std::string::npos;) {
      at += 6;
      rapidjson::Document event;
      event.Parse(answer.body.substr(at, answer.body.find('\n', at) - at).c_str());
      seen_ = event["id"].GetUint64();
      if (std::string_view("evict") == event["kind"].GetString())
        evictions_.push_back({event["role"].GetString(), event["text"].GetString(),
                              milliseconds{event["unix_milliseconds"].GetInt64()}});
    }
  }

  const running_daemon& fleet_;
  std::uint64_t seen_ = 0;
  byte_count largest_pss_ = 0;
  std::vector<eviction> evictions_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// Whether the role took no request at that moment, as far as its clients can tell, and when its
/// last one had ended before.
std::optional<milliseconds> idle_since(const std::vector<visit>& visits, std::size_t role,
                                       milliseconds at) {
  // A client's clock stops a little after the lease does.
  constexpr milliseconds blur{50};
  milliseconds last{0};
  for (const auto& v : visits) {
    if (v.role != role || v.begun > at + blur) continue;
    if (v.ended > at - blur) return std::nullopt;
    last = std::max(last, v.ended);
  }
  return last;
}

/// A host's /proc/meminfo that a test can change under the daemon's eyes.
class meminfo {
 public:
  explicit meminfo(std::filesystem::path root) : root_(std::move(root)) {
    std::filesystem::create_directories(root_ / "proc");
  }
  void write(byte_count total, byte_count available) const {
    const auto file = root_ / "proc/meminfo";
    const auto draft = root_ / "proc/meminfo.new";
    std::ofstream(draft) << "MemTotal: " << total / 1024
                         << " kB\nMemAvailable: " << available / 1024 << " kB\n";
    std::filesystem::rename(draft, file);
  }
  [[nodiscard]] std::vector<std::string> environment() const {
    return {"ROLECALL_HOST_ROOT=" + root_.string()};
  }

 private:
  std::filesystem::path root_;
};

constexpr byte_count gib = 1ULL << 30;

rapidjson::Document memory_of(const running_daemon& fleet) {
  rapidjson::Document document;
  document.Parse(fleet.admin_get("/admin/memory").body.c_str());
  return document;
}

std::vector<std::string> evicted_roles(const running_daemon& fleet) {
  std::vector<std::string> names;
  for (const auto& text : fleet.events("evict")) names.push_back(text.substr(0, text.find(':')));
  return names;
}

}  // namespace

TEST_CASE(
    "e2e: 2,000 requests to three models of which two fit stay inside the budget, lose nothing and "
    "evict in order") {
  engine_fixture fixture;
  const temporary_directory models;
  for (const std::string name : {"1", "2", "3"})
    REQUIRE(run({TINY_GGUF, "dense", (models.path() / ("big-" + name + ".gguf")).string(), "--size",
                 "300MiB", "--seed", name})
                .code == 0);
  add_three_warm_roles(fixture.registry);
  fixture.registry.model_dir = models.path();
  fixture.registry.host = "  patience: 1s\n";
  fixture.fit(2, "alpha");  // two and a half
  const auto budget = std::stoull(fixture.registry.budget) / 5 * 4 + (16ULL << 20);
  fixture.registry.budget = std::to_string(budget);

  const running_daemon fleet(fixture.registry.write());
  fleet_observer observer(fleet);
  const auto trace = zipf_trace(2000);
  std::string novel;
  for (int i = 0; i < 150; ++i) novel += "hello ";
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::vector<visit> visits;
  std::vector<std::string> lost;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i)
      clients.emplace_back([&] {
        for (auto at = next++; at < trace.size(); at = next++) {
          const auto begun = unix_now();
          // A long prompt fills the compute buffers; it takes seconds, so there are few.
          const auto answer =
              fleet.chat(roles[trace[at]], at % 700 == 0 ? std::string_view(novel) : "hello", 1);
          const std::lock_guard lock(mutex);
          visits.push_back({trace[at], begun, unix_now()});
          if (answer.status != 200) lost.push_back(answer.body);
        }
      });
  }
  const auto evictions = observer.finish();
  CHECK(lost.empty());
  if (!lost.empty()) MESSAGE(lost.front());
  CHECK(visits.size() == 2000);
  CHECK(static_cast<double>(observer.largest_pss()) <= 1.03 * static_cast<double>(budget));
  CHECK(observer.largest_pss() > 2 * (300ULL << 20));  // two models were there
  CHECK(evictions.size() >= 2);
  MESSAGE("evictions: " << evictions.size() << ", largest PSS " << observer.largest_pss() / 1024
                        << " KiB of " << budget / 1024 << " KiB");

  for (const auto& e : evictions) {
    CHECK(e.text.find("evicted: to make room for ") == 0);
    const auto victim = static_cast<std::size_t>(
        std::ranges::find(roles, std::string_view(e.role)) - roles.begin());
    REQUIRE(victim < roles.size());
    CHECK(e.text.find(std::string("room for ") + e.role) == std::string::npos);
    const auto victim_idle = idle_since(visits, victim, e.at);
    for (std::size_t other = 0; other < roles.size(); ++other) {
      if (other == victim ||
          e.text.find(std::string("room for ") + roles[other]) != std::string::npos)
        continue;
      // The third role stayed: it was at work, or had been used later.
      const auto other_idle = idle_since(visits, other, e.at);
      if (victim_idle && other_idle && *other_idle > milliseconds{0})
        CHECK(*victim_idle <= *other_idle + milliseconds{100});
    }
  }
}

TEST_CASE(
    "e2e: memory that strangers take makes idle WARM roles leave in LRU order, and HOT stays") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.registry.models += "  dense: {path: dense.gguf}\n";
  fixture.registry.roles += "  front: {model: dense, tier: hot, port: @}\n";
  const meminfo host(fixture.folder.path() / "host");
  host.write(64 * gib, 32 * gib);
  const running_daemon fleet(fixture.registry.write(), host.environment());
  fleet.wait_for_state("front", "ready");
  for (const auto* role : {"beta", "alpha", "gamma"})
    REQUIRE(fleet.chat(role, "hello", 1).status == 200);

  // The automatic floor is 1 GiB, and one model's 64 MiB and its buffers fill the gap.
  host.write(64 * gib, gib - (1 << 20));
  fleet.wait_for_state("beta", "stopped");
  host.write(64 * gib, 32 * gib);
  fleet.wait_until([&] { return memory_of(fleet)["host"]["missing_bytes"].GetUint64() == 0; });
  CHECK(evicted_roles(fleet) == std::vector<std::string>{"beta"});
  CHECK(fleet.events("evict")[0].find("beta: pressure: ") == 0);
  CHECK(fleet.state("alpha") == "ready");

  host.write(64 * gib, 0);
  fleet.wait_for_state("alpha", "stopped");
  fleet.wait_for_state("gamma", "stopped");
  CHECK(evicted_roles(fleet) == std::vector<std::string>{"beta", "alpha", "gamma"});
  CHECK(fleet.state("front") == "ready");
  CHECK(fleet.chat("front", "hello", 1).status == 200);

  // Nothing is loaded meanwhile, and who waits is served when the memory is there again.
  http_response waited;
  std::jthread waiting([&] { waited = fleet.chat("alpha", "hello", 1); });
  fleet.wait_until([&] {
    return fleet.admin_get("/admin/status").body.find("\"waiting\":1") != std::string::npos;
  });
  CHECK(fleet.state("alpha") == "stopped");
  host.write(64 * gib, 32 * gib);
  waiting.join();
  CHECK(waited.status == 200);
  const auto told = fleet.events("memory");
  REQUIRE(told.size() >= 2);
  CHECK(told.front().find("less memory left than host.memory.floor") != std::string::npos);
  CHECK(told.back().find("enough memory left again") != std::string::npos);
}

TEST_CASE("e2e: what a role really cost is learned, and known to the next daemon") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const auto registry = fixture.registry.write();
  {
    const running_daemon fleet(registry);
    REQUIRE(fleet.chat("alpha", "hello", 4).status == 200);
    fleet.wait_until([&] {
      const auto memory = memory_of(fleet);
      return memory["roles"][0]["learned"].IsObject();
    });
    const auto status = fleet.admin_get("/admin/roles/alpha");
    rapidjson::Document role;
    role.Parse(status.body.c_str());
    CHECK(role["instances"][0]["memory"]["pss_bytes"].GetUint64() > 0);
    CHECK(fleet.admin_get("/metrics")
              .body.find(
                  R"(rolecall_instance_memory_bytes{instance="alpha",kind="pss",role="alpha"})") !=
          std::string::npos);
  }
  const running_daemon next(registry);
  const auto memory = memory_of(next);
  const auto& learned = memory["roles"][0]["learned"];
  REQUIRE(learned.IsObject());
  CHECK(learned["private_bytes"].GetUint64() > 0);
  CHECK(memory["roles"][1]["learned"].IsNull());
}

TEST_CASE("e2e: learned footprints that cannot be read are put aside, not overwritten") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const auto registry = fixture.registry.write();
  const auto state = fixture.folder.path() / "state";
  std::filesystem::create_directories(state);
  const auto file = state / rolecall::memory::learned_footprints_file;
  std::ofstream(file) << "{\"version\":99}";
  const running_daemon fleet(registry);
  CHECK(fleet.chat("alpha", "hello", 1).status == 200);
  std::ifstream kept(file.string() + ".unreadable");
  std::string text;
  std::getline(kept, text);
  CHECK(text == "{\"version\":99}");
}

TEST_CASE("e2e: a measured footprint above the estimate is what the next load reserves") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const auto registry = fixture.registry.write();
  const auto file = fixture.folder.path() / "state" / rolecall::memory::learned_footprints_file;
  {
    const running_daemon fleet(registry);
    REQUIRE(fleet.chat("alpha", "hello", 1).status == 200);
    fleet.wait_until([&] { return memory_of(fleet)["roles"][0]["learned"].IsObject(); });
  }
  // As if the process had once been seen with a gibibyte of its own.
  auto text = file_text(file);
  const std::string key = "\"peak_private_bytes\":";
  const auto at = text.find(key);
  REQUIRE(at != std::string::npos);
  text.replace(at + key.size(), text.find(',', at) - at - key.size(), std::to_string(gib));
  std::ofstream(file) << text;

  const running_daemon fleet(registry);
  REQUIRE(fleet.chat("alpha", "hello", 1).status == 200);
  const auto memory = memory_of(fleet);
  const auto mapped = memory["roles"][0]["footprint"]["mapped_bytes"].GetUint64();
  CHECK(memory["roles"][0]["reserved_bytes"].GetUint64() == gib + gib / 20 + mapped);
  CHECK(memory["reserved_bytes"].GetUint64() == gib + gib / 20 + mapped);
}
