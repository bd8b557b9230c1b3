#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

using namespace rolecall::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "e2e: killing a child mid-stream ends the stream with an error event, and the role comes "
    "back") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles =
      "  hot: {model: big-1, tier: hot, port: @, context: 32768}\n"
      "  warm: {model: big-1, tier: warm, port: @, context: 32768}\n";
  const running_daemon fleet(fixture.registry.write());
  for (const std::string role : {"hot", "warm"}) {
    CAPTURE(role);
    open_request stream(fleet.door(), "/v1/chat/completions", long_stream(role));
    REQUIRE(stream.status() == 200);
    REQUIRE(stream.next_piece());
    const auto killed = fleet.child(role);
    REQUIRE(::kill(killed, SIGKILL) == 0);
    const auto text = stream.rest();
    REQUIRE(text);
    CHECK(contains(*text, "\"error\""));
    CHECK_FALSE(contains(*text, "[DONE]"));
    fleet.wait_until([&] { return fleet.child(role) != killed; });  // the exit is seen
    CHECK(fleet.chat(role, "hello", 4).status == 200);
    CHECK(fleet.generation(role) == 2);
  }
  const auto states = fleet.events("state");
  CHECK(std::ranges::any_of(states, [](const auto& s) {
    return contains(s, "hot: ready → backoff: crashed: signal 9");
  }));
  CHECK(std::ranges::any_of(states, [](const auto& s) {
    return contains(s, "warm: ready → stopped: crashed: signal 9");
  }));
}

TEST_CASE("e2e: bad requests get a clear error") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const running_daemon fleet(fixture.registry.write());
  const auto malformed = fleet.post("/v1/chat/completions", R"({"model":"alpha","messages":[})");
  CHECK(malformed.status == 400);
  CHECK(contains(malformed.body, "\"error\""));
  const auto unknown = fleet.chat("alhpa");
  CHECK(unknown.status == 404);
  CHECK(contains(unknown.body, "alpha"));
  const auto nameless = fleet.post("/v1/chat/completions", R"({"messages":[]})");
  CHECK(nameless.status == 400);
  CHECK(fleet.state("alpha") == "stopped");
}

TEST_CASE("e2e: a role whose model is missing or damaged does not take the others down") {
  engine_fixture fixture;
  const auto damaged = fixture.folder.path() / "damaged.gguf";
  std::filesystem::copy_file(model_directory() / "dense.gguf", damaged);
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) / 2);
  fixture.registry.models =
      "  big-1: {path: big-1.gguf}\n  gone: {path: gone.gguf}\n  damaged: {path: " +
      damaged.string() + "}\n";
  fixture.registry.roles =
      "  fine: {model: big-1, tier: warm, port: @}\n"
      "  gone: {model: gone, tier: warm, port: @}\n"
      "  damaged: {model: damaged, tier: hot, port: @}\n";
  const auto file = fixture.registry.write();

  const auto checked = run({ROLECALLD, "--registry", file.string(), "--check"});
  CHECK(checked.code == 1);
  CHECK(contains(checked.err, "gone.gguf"));
  CHECK(contains(checked.err, "damaged.gguf"));

  const running_daemon fleet(file);
  CHECK(fleet.chat("fine").status == 200);
  const auto gone = fleet.chat("gone");
  CHECK(gone.status == 503);
  CHECK(contains(gone.body, "gone.gguf"));
  CHECK(fleet.state("damaged") == "failed");
}

TEST_CASE("e2e: a port that another process holds fails its role with that process's name") {
  engine_fixture fixture;
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor squatter(context, {boost::asio::ip::address_v4::loopback(), 0});
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles = "  squatted: {model: big-1, tier: warm, port: " +
                           std::to_string(squatter.local_endpoint().port()) +
                           "}\n  fine: {model: big-1, tier: warm, port: @}\n";
  const running_daemon fleet(fixture.registry.write());
  const auto refused = fleet.chat("squatted");
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "pid " + std::to_string(::getpid())));
  CHECK(fleet.chat("fine").status == 200);
}

TEST_CASE("e2e: a registry that cannot be read or is wrong is refused with its place") {
  temporary_directory folder;
  const auto file = folder.path() / "model_registry.yaml";
  const auto missing = run({ROLECALLD, "--registry", file.string()});
  CHECK(missing.code == 1);
  CHECK(contains(missing.err, file.string()));
  CHECK(contains(missing.err, "No such file"));

  std::ofstream(file) << "version: 1\nhost:\n  listn: 127.0.0.1:0\nroles: {}\n";
  const auto wrong = run({ROLECALLD, "--registry", file.string(), "--check"});
  CHECK(wrong.code == 1);
  CHECK(contains(wrong.err, file.string() + ":3:3: error:"));
  CHECK(contains(wrong.err, "listen"));
}

TEST_CASE("e2e: without numactl a role with a memory policy is refused with the remedy") {
  engine_fixture fixture;
  fixture.registry.models = "  big-1: {path: big-1.gguf}\n";
  fixture.registry.roles =
      "  placed: {model: big-1, tier: warm, port: @, numa: {policy: interleave}}\n";
  const running_daemon fleet(fixture.registry.write(), {"PATH=/nonexistent"});
  const auto refused = fleet.chat("placed");
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "numactl"));
}

TEST_CASE("e2e: a second daemon on the same door is refused and harms nothing") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const running_daemon fleet(fixture.registry.write());
  REQUIRE(fleet.chat("alpha").status == 200);
  const auto pid = fleet.child("alpha");

  engine_fixture second;
  add_three_warm_roles(second.registry);
  const auto file = second.registry.write();
  auto text = file_text(file);
  text.replace(text.find("127.0.0.1:0"), 11, "127.0.0.1:" + std::to_string(fleet.door()));
  std::ofstream(file) << text;
  const auto refused = run({ROLECALLD, "--registry", file.string()});
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "cannot listen on 127.0.0.1:" + std::to_string(fleet.door())));
  CHECK(is_alive(pid));
  CHECK(fleet.chat("alpha").status == 200);
}
