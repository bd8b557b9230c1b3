#include "tests/e2e/engine_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::test;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The first event of a state that says `part`; empty: none does.
std::string state_event(const running_daemon& fleet, std::string_view part) {
  const auto events = fleet.events("state");
  const auto found =
      std::ranges::find_if(events, [&](const std::string& e) { return contains(e, part); });
  return found == events.end() ? std::string{} : *found;
}

/// A model of its own, to be damaged.
std::filesystem::path own_model(const engine_fixture& fixture, const std::string& name) {
  const auto file = fixture.folder.path() / name;
  std::filesystem::copy_file(model_directory() / "big-1.gguf", file);
  return file;
}

}  // namespace

TEST_CASE("e2e: a llama-server that was stopped by a signal is noticed, ended and started again") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles =
      "  stuck: {model: big-1, tier: hot, port: @, timeouts: {wedged: 2s}}\n"
      "  fine: {model: big-1, tier: hot, port: @, timeouts: {wedged: 2s}}\n";
  const running_daemon fleet(fixture.registry.write());
  fleet.wait_for_state("stuck", "ready");
  fleet.wait_for_state("fine", "ready");
  const auto first = fleet.child("stuck");
  const auto other = fleet.child("fine");
  ::kill(first, SIGSTOP);
  fleet.wait_until([&] { return fleet.generation("stuck") == 2; });
  fleet.wait_for_state("stuck", "ready");
  const auto noticed = state_event(fleet, "wedged: no answer to /health for ");
  CHECK(contains(noticed, "0.0 s of CPU time"));
  CHECK(contains(noticed, "(stopped by a signal)"));
  CHECK_FALSE(is_alive(first));
  CHECK(fleet.chat("stuck").status == 200);
  CHECK(fleet.child("fine") == other);
  CHECK(contains(
      fleet.admin_get("/metrics").body,
      R"(rolecall_instance_restarts_total{instance="stuck",reason="wedged",role="stuck"} 1)"));
}

TEST_CASE("e2e: a llama-server that generates is not taken for a wedged one") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles = "  busy: {model: big-1, tier: hot, port: @, timeouts: {wedged: 1s}}\n";
  const running_daemon fleet(fixture.registry.write());
  fleet.wait_for_state("busy", "ready");
  for (int i = 0; i < 3; ++i) CHECK(fleet.chat("busy", "go on", 400).status == 200);
  CHECK(fleet.generation("busy") == 1);
}

TEST_CASE("e2e: a segmentation fault is told by its signal, and the role comes back") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles = "  hot: {model: big-1, tier: hot, port: @}\n";
  const running_daemon fleet(fixture.registry.write());
  fleet.wait_for_state("hot", "ready");
  ::kill(fleet.child("hot"), SIGSEGV);
  fleet.wait_until([&] { return fleet.generation("hot") == 2; });
  fleet.wait_for_state("hot", "ready");
  CHECK_FALSE(state_event(fleet, "crashed: signal 11 (SIGSEGV)").empty());
}

TEST_CASE("e2e: a model file that was cut, or is gone by now, is named in the refusal") {
  engine_fixture fixture;
  const auto cut = own_model(fixture, "cut.gguf");
  const auto gone = own_model(fixture, "gone.gguf");
  fixture.registry.models =
      "  cut: {path: " + cut.string() + "}\n  gone: {path: " + gone.string() + "}\n";
  fixture.registry.roles =
      "  cut: {model: cut, tier: warm, port: @}\n  gone: {model: gone, tier: warm, port: @}\n";
  const running_daemon fleet(fixture.registry.write());
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  std::filesystem::remove(gone);
  const auto damaged = fleet.chat("cut");
  CHECK(damaged.status == 503);
  CHECK(contains(damaged.body, "model file: "));
  CHECK(contains(damaged.body, "not within the file bounds"));
  const auto missing = fleet.chat("gone");
  CHECK(missing.status == 503);
  CHECK(contains(missing.body, "failed to open GGUF file"));
  CHECK(contains(fleet.admin_get("/admin/roles/gone").body, R"("reason_kind":"model_file")"));
}

TEST_CASE("e2e: a model file that is cut under a running llama-server is named") {
  engine_fixture fixture;
  const auto file = own_model(fixture, "live.gguf");
  fixture.registry.models = "  live: {path: " + file.string() + "}\n";
  fixture.registry.roles = "  live: {model: live, tier: warm, port: @, repack: false}\n";
  const running_daemon fleet(fixture.registry.write());
  REQUIRE(fleet.chat("live").status == 200);
  std::filesystem::resize_file(file, 0);
  CHECK(fleet.chat("live").status >= 500);
  fleet.wait_for_state("live", "stopped");
  CHECK_FALSE(state_event(fleet, "model file: a page of a mapped file").empty());
}

TEST_CASE("e2e: a flag that the engine cannot make sense of is told in its own words") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles =
      "  misled: {model: big-1, tier: warm, port: @, extra_args: [--chat-template-file, "
      "/nonexistent]}\n";
  const running_daemon fleet(fixture.registry.write());
  const auto refused = fleet.chat("misled");
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "bad flag: "));
  CHECK(contains(refused.body, "--chat-template-file"));
}

TEST_CASE("e2e: HOT roles of one disk load one after the other, in the order of priority") {
  engine_fixture fixture;
  fixture.registry.models =
      "  big-1: {path: big-1.gguf}\n  big-2: {path: big-2.gguf}\n  big-3: {path: big-3.gguf}\n";
  fixture.registry.roles =
      "  last: {model: big-1, tier: hot, port: @}\n"
      "  first: {model: big-2, tier: hot, port: @, priority: 9}\n"
      "  second: {model: big-3, tier: hot, port: @, priority: 5}\n";
  const running_daemon fleet(fixture.registry.write());
  for (const auto* role : {"first", "second", "last"}) fleet.wait_for_state(role, "ready");
  std::vector<std::string> ready;
  for (const auto& event : fleet.events("state"))
    if (contains(event, "starting → ready")) ready.push_back(event.substr(0, event.find(':')));
  CHECK(ready == std::vector<std::string>{"first", "second", "last"});
}
