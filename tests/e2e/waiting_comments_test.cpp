#include "tests/e2e/engine_fixture.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;

TEST_CASE("e2e: a stream that waits for its role gets comments, and then the real answer") {
  engine_fixture fixture;
  fixture.registry.models =
      "  big-1: {path: big-1.gguf}\n"
      "  big-2: {path: big-2.gguf}\n";
  fixture.registry.roles =
      "  alpha: {model: big-1, tier: warm, port: @, context: 65536}\n"
      "  beta: {model: big-2, tier: warm, port: @, context: 65536, queue: {comments: true}}\n";
  fixture.fit(1, "alpha");
  const running_daemon fleet(fixture.registry.write());
  open_request blocking(fleet.door(), "/v1/chat/completions", long_stream("alpha"));
  REQUIRE(blocking.status() == 200);
  REQUIRE(blocking.next_piece());

  open_request waiting(
      fleet.door(), "/v1/chat/completions",
      R"({"model":"beta","stream":true,"max_tokens":4,"messages":[{"role":"user","content":"hello"}]})");
  CHECK(waiting.status() == 200);
  CHECK(waiting.next_piece() == ": waiting, 0 before you\n\n");
  CHECK(fleet.state("beta") == "stopped");

  blocking.abandon();
  const auto text = waiting.rest();
  REQUIRE(text);
  CHECK(text->find("data: {") != std::string::npos);
  CHECK(text->find("data: [DONE]") != std::string::npos);
  CHECK(fleet.state("beta") == "ready");
}
