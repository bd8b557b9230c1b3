#include "tests/e2e/engine_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

// Every piece of the answer in order: the engine counts its tokens, and says so at the end.
bool is_whole(const std::string& stream, int tokens) {
  return stream.find("\"completion_tokens\":" + std::to_string(tokens)) != std::string::npos &&
         stream.find("\"error\"") == std::string::npos &&
         stream.find("[DONE]") != std::string::npos;
}

std::string counted_stream(const std::string& role, int tokens) {
  return R"({"model":")" + role + R"(","stream":true,"max_tokens":)" + std::to_string(tokens) +
         R"(,"ignore_eos":true,"stream_options":{"include_usage":true},)" +
         R"("messages":[{"role":"user","content":"go on"}]})";
}

}  // namespace

TEST_CASE("e2e: streams lose nothing while the registry is reloaded three times") {
  constexpr int tokens = 400;
  engine_fixture fixture;
  fixture.registry.models = "  dense: {path: dense.gguf}\n";
  const auto steady =
      with_free_ports("  steady: {model: dense, tier: hot, port: @, slots: 4, context: 4096}\n");
  const auto changing = with_free_ports("  changing: {model: dense, tier: hot, port: @");
  const auto write = [&](const std::string& keys) {
    fixture.registry.roles = steady + changing + keys + "}\n";
    return fixture.registry.write();
  };
  const running_daemon fleet(write(""));
  fleet.wait_for_state("steady", "ready");
  fleet.wait_for_state("changing", "ready");
  const auto pid = fleet.child("steady");

  std::atomic<bool> is_over{false};
  std::atomic<int> whole{0};
  std::atomic<int> lost{0};
  const auto stream_without_end = [&](const std::string& role) {
    while (!is_over) {
      open_request stream(fleet.door(), "/v1/chat/completions", counted_stream(role, tokens));
      const auto text = stream.rest();
      ++(text && is_whole(*text, tokens) ? whole : lost);
    }
  };
  {
    std::vector<std::jthread> clients;
    for (const auto* role : {"steady", "steady", "changing"})
      clients.emplace_back(stream_without_end, role);
    for (const auto* keys : {", context: 3072", ", context: 4096", ", timeouts: {drain: 9s}"}) {
      const auto seen = whole.load();
      (void)write(keys);
      CHECK(fleet.admin_post("/admin/reload").status == 200);
      fleet.wait_until([&] { return whole >= seen + 6 && fleet.state("changing") == "ready"; });
    }
    is_over = true;
  }
  CHECK(lost == 0);
  CHECK(fleet.child("steady") == pid);
  CHECK(fleet.generation("steady") == 1);
  CHECK(fleet.generation("changing") == 4);
  CHECK(fleet.events("reload").size() == 3);
}
