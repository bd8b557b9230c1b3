#include "orchestrator/proxy/ollama_pages.hpp"

#include "tests/unit/proxy/routing.hpp"

#include <set>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::proxy;

namespace {

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.c_str());
  REQUIRE_MESSAGE(!document.HasParseError(), text);
  return document;
}

}  // namespace

TEST_CASE("ollama: tags are the roles, each with a digest of its own") {
  rolecall::proxy::test::routing known;
  known.table.roles[0].card = {
      .architecture = "qwen3moe", .quantization = "Q4_K_M", .bytes = 18'000'000'000};
  const auto tags = parsed(ollama_tags(known.table));
  REQUIRE(tags["models"].Size() == 2);
  const auto& coder = tags["models"][0];
  CHECK(coder["name"] == "coder");
  CHECK(coder["model"] == "coder");
  CHECK(coder["size"].GetUint64() == 18'000'000'000);
  CHECK(coder["details"]["family"] == "qwen3moe");
  CHECK(coder["details"]["quantization_level"] == "Q4_K_M");
  CHECK(coder["details"]["format"] == "gguf");
  CHECK(coder["digest"].GetStringLength() == 64);
  CHECK(coder["digest"] != tags["models"][1]["digest"]);
  CHECK(tags["models"][1]["details"]["families"].Empty());
}

TEST_CASE("ollama: only ready roles run") {
  const rolecall::proxy::test::routing known;
  const std::vector<role_state> states = {{.state = "ready"}, {.state = "starting"}};
  const auto running = parsed(ollama_running(known.table, &states));
  REQUIRE(running["models"].Size() == 1);
  CHECK(running["models"][0]["name"] == "coder");
  CHECK(parsed(ollama_running(known.table, nullptr))["models"].Empty());
  const std::vector<role_state> fewer = {{.state = "stopped"}};
  CHECK(parsed(ollama_running(known.table, &fewer))["models"].Empty());
}

TEST_CASE("ollama: show tells what a role can do") {
  rolecall::proxy::test::routing known;
  auto& role = known.table.roles[0];
  role.card = {.architecture = "qwen2vl", .quantization = {}, .context = 8192, .vision = true};
  const auto capabilities = [&] {
    std::set<std::string> all;
    const auto shown = parsed(ollama_show(role));
    for (const auto& word : shown["capabilities"].GetArray()) all.insert(word.GetString());
    return all;
  };
  CHECK(parsed(ollama_show(role))["model_info"]["qwen2vl.context_length"].GetInt() == 8192);
  CHECK(capabilities() == std::set<std::string>{"completion", "tools", "vision"});
  role.card = {.architecture = "bert", .quantization = {}, .embeddings = true};
  CHECK(capabilities() == std::set<std::string>{"embedding"});
}

TEST_CASE("ollama: the version is one that clients can compare") {
  const auto version = parsed(ollama_version());
  const std::string text = version["version"].GetString();
  CHECK(std::count(text.begin(), text.end(), '.') == 2);
}
