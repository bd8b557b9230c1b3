#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/free_ports.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <regex>
#include <set>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <signal.h>

using namespace rolecall::test;

namespace {

// The demo's registry as it is, on ports, folders and an engine of this test's own.
std::filesystem::path demo_registry(const std::filesystem::path& folder) {
  auto text = file_text(ROLECALL_SOURCE_DIR "/demo/model_registry.yaml");
  const auto replace = [&](const std::string& pattern, const std::string& by) {
    REQUIRE_MESSAGE(std::regex_search(text, std::regex(pattern)), pattern);
    text = std::regex_replace(text, std::regex(pattern), by);
  };
  replace("127\\.0\\.0\\.1:807\\d", "127.0.0.1:0");
  replace("llama_server: \\S+", "llama_server: " ROLECALL_LLAMA_SERVER);
  replace("model_dirs: \\S+", "model_dirs: [" ROLECALL_SOURCE_DIR "/demo/models]");
  replace("8090-8095", "@-@+5");
  replace("port: 80\\d\\d", "port: @");
  // The embedder's range needs six neighbours.
  std::vector<std::uint16_t> range;
  while (range.size() < 6) {
    const auto port = free_ports(1).front();
    if (!range.empty() && port != range.back() + 1) range.clear();
    range.push_back(port);
  }
  replace("@-@\\+5", std::to_string(range.front()) + "-" + std::to_string(range.back()));
  const auto target = folder / "model_registry.yaml";
  std::ofstream(target) << with_free_ports(text);
  return target;
}

// A 64×64 picture of one colour: what a vision role is asked about.
constexpr auto picture =
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUElEQVR42u3PQQkAAAgEsItkBPu/jGQE38JgBZbpei0C"
    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICApcFd/oBLRMvzY0AAAAASUVORK5CYII=";

rapidjson::Document parse(const http_response& response) {
  rapidjson::Document document;
  document.Parse(response.body.c_str());
  REQUIRE_MESSAGE(!document.HasParseError(), response.body);
  return document;
}

// Letters and blanks, mostly: random bytes would not pass.
bool reads_like_words(const std::string& text) {
  const auto letters =
      std::ranges::count_if(text, [](unsigned char c) { return std::isalpha(c) || c == ' '; });
  return !text.empty() && letters * 10 >= static_cast<std::ptrdiff_t>(text.size()) * 8;
}

std::vector<std::string> open_descriptors(pid_t pid) {
  std::vector<std::string> targets;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code closed_meanwhile;
    targets.push_back(std::filesystem::read_symlink(entry.path(), closed_meanwhile).string());
  }
  return targets;
}

}  // namespace

TEST_CASE("e2e: every role of the demo answers through one door, and nothing is left running") {
  temporary_directory folder;
  std::vector<pid_t> seen;
  {
    running_daemon fleet(demo_registry(folder.path()));
    fleet.wait_until([&] { return fleet.admin_get("/readyz").status == 200; });

    for (const std::string role :
         {"frontdoor", "coder_escalation", "worker_general", "worker_math", "architect_general",
          "architect_coding", "ingest_long_context", "worker_vision", "vision_escalation"}) {
      CAPTURE(role);
      const auto answer = fleet.chat(role, "tell me about the fleet", 24);
      CHECK(answer.status == 200);
      CHECK(reads_like_words(answer_text(answer)));
      for (const auto pid : fleet.children()) seen.push_back(pid);
    }

    SUBCASE("speculative roles get drafts accepted") {
      for (const std::string role : {"coder_escalation", "worker_general", "worker_math"}) {
        CAPTURE(role);
        const auto answer = parse(fleet.chat(role, "tell me about the fleet", 48));
        CHECK(answer["timings"]["draft_n_accepted"].GetInt() > 0);
      }
    }
    SUBCASE("a role is chosen by path, and llama-server's own routes are reached") {
      const auto props = parse(fleet.get("/roles/frontdoor/props"));
      CHECK(std::string{props["model_path"].GetString()}.find("demo/models/") != std::string::npos);
      CHECK(fleet.get("/roles/nobody/props").status == 404);
    }
    SUBCASE("a request that names no model goes to the default role") {
      CHECK(fleet
                .post("/v1/chat/completions",
                      R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":4})")
                .status == 200);
    }
    SUBCASE("the embedders stand in for one another") {
      const auto embed = [&] {
        return fleet.post("/v1/embeddings", R"({"model":"embedder","input":"who is on call"})");
      };
      CHECK(parse(embed())["data"][0]["embedding"].Size() >= 32);
      const auto killed = fleet.child("embedder-1");
      REQUIRE(::kill(killed, SIGKILL) == 0);
      fleet.wait_until([&] { return fleet.child("embedder-1") != killed; });
      for (int i = 0; i < 6; ++i) CHECK(embed().status == 200);
    }
    SUBCASE("the vision role looks at a picture") {
      const auto ask = [&](const std::string& content) {
        return parse(fleet.post(
            "/v1/chat/completions",
            R"({"model":"worker_vision","max_tokens":8,"messages":[{"role":"user","content":)" +
                content + "}]}"));
      };
      const auto without = ask(R"([{"type":"text","text":"what is this?"}])");
      const auto with = ask(
          R"([{"type":"text","text":"what is this?"},{"type":"image_url","image_url":{"url":")" +
          std::string{picture} + R"("}}])");
      REQUIRE(with.HasMember("usage"));
      CHECK(with["usage"]["prompt_tokens"].GetInt() > without["usage"]["prompt_tokens"].GetInt());
    }
    SUBCASE("no child holds a descriptor of ours") {
      for (const auto pid : fleet.children())
        for (const auto& target : open_descriptors(pid)) {
          CAPTURE(target);
          const auto ours = open_descriptors(fleet.pid());
          const bool is_socket = target.starts_with("socket:") || target.starts_with("pipe:");
          CHECK_FALSE((is_socket && std::ranges::find(ours, target) != ours.end()));
        }
    }
    CHECK(fleet.stop() == 0);
  }
  for (const auto pid : seen) CHECK_FALSE(is_alive(pid));
}
