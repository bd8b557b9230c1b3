// Conversations over two replicas of the real engine: how much of their prompts is still in cache.
#include "tests/e2e/engine_fixture.hpp"

#include <array>
#include <sstream>

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

using namespace rolecall::test;

namespace {

constexpr std::size_t conversations = 4;
constexpr int turns = 6;

struct prompt_cost {
  std::uint64_t cached = 0;    // timings.cache_n
  std::uint64_t computed = 0;  // timings.prompt_n
};

/// Long enough, and different from its first word on: llama-server gives a prompt to the slot with
/// which it has a tenth in common.
std::string opening(std::size_t number) {
  std::string text;
  const auto word = std::to_string(number * 7919 + 1000) + "-topic ";
  for (int i = 0; i < 60; ++i) text += word;
  return text;
}

/// A conversation as a client keeps it: all of it is sent with each turn.
class conversation {
 public:
  explicit conversation(std::size_t number) { add("user", opening(number)); }

  prompt_cost take_turn(const running_daemon& fleet) {
    const auto answer =
        fleet.post("/v1/chat/completions",
                   R"({"model":"talker","max_tokens":8,"messages":[)" + messages_ + "]}");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    rapidjson::Document said;
    said.Parse(answer.body.c_str());
    const auto& timings = said["timings"];
    add("assistant", said["choices"][0]["message"]["content"].GetString());
    add("user", "and then?");
    return {timings["cache_n"].GetUint64(), timings["prompt_n"].GetUint64()};
  }

 private:
  void add(std::string_view role, const std::string& content) {
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    writer.String(content.data(), static_cast<rapidjson::SizeType>(content.size()));
    messages_ += std::string{messages_.empty() ? "" : ","} + R"({"role":")" + std::string{role} +
                 R"(","content":)" + text.GetString() + "}";
  }

  std::string messages_;
};

struct two_replicas {
  engine_fixture engine;
  running_daemon fleet;

  explicit two_replicas(const std::string& routing) : fleet(write(engine, routing)) {
    fleet.wait_until([&] { return fleet.admin_get("/readyz").status == 200; });
  }

  static std::filesystem::path write(engine_fixture& engine, const std::string& routing) {
    engine.registry.models = "  dense: {path: dense.gguf}\n";
    engine.registry.roles =
        "  talker: {model: dense, tier: hot, ports: [@, @], slots: 8, context: 131072, routing: " +
        routing + "}\n";
    return engine.registry.write();
  }

  [[nodiscard]] unsigned leases() const {
    return fleet.leases("talker-1") + fleet.leases("talker-2");
  }
};

/// What later turns cost. Every other round, a long answer to somebody else keeps a replica busy.
std::array<prompt_cost, conversations*(turns - 1)> interleave(const two_replicas& replicas) {
  std::vector<conversation> talks;
  for (std::size_t i = 0; i < conversations; ++i) talks.emplace_back(i);
  std::array<prompt_cost, conversations*(turns - 1)> costs;
  auto next = costs.begin();
  const auto endless =
      R"({"model":"talker","stream":true,"ignore_eos":true,"messages":[{"role":"user","content":")" +
      opening(conversations) + "\"}]}";
  for (int turn = 0; turn < turns; ++turn) {
    std::optional<open_request> other;
    if (turn % 2 == 1) {
      other.emplace(replicas.fleet.door(), "/v1/chat/completions", endless);
      REQUIRE(other->status() == 200);
    }
    for (auto& talk : talks) {
      const auto cost = talk.take_turn(replicas.fleet);
      if (turn > 0) *next++ = cost;
    }
    if (other) other->abandon();
    other.reset();
    replicas.fleet.wait_until([&] { return replicas.leases() == 0; });
  }
  return costs;
}

template <typename Costs>
double hit_share(const Costs& costs) {
  prompt_cost sum;
  for (const auto& each : costs) {
    sum.cached += each.cached;
    sum.computed += each.computed;
  }
  return static_cast<double>(sum.cached) / static_cast<double>(sum.cached + sum.computed);
}

}  // namespace

TEST_CASE("e2e: with affinity every later turn of a conversation finds its prompt in cache") {
  const two_replicas by_affinity("affinity");
  const auto costs = interleave(by_affinity);
  for (const auto& each : costs) {
    CAPTURE(each.cached);
    CAPTURE(each.computed);
    CHECK(each.cached > each.computed);
  }
  const two_replicas by_load("least_busy");
  const auto other = hit_share(interleave(by_load));
  MESSAGE("prompt tokens of later turns found in cache: affinity " << hit_share(costs)
                                                                   << ", least_busy " << other);
  CHECK(hit_share(costs) > other);
}
