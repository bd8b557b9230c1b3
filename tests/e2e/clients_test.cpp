// The client libraries that people use, against rolecalld and the real engine. Each of the scripts
// in clients/ is one test case here and tells its own scenarios.
#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/file_text.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

namespace fs = std::filesystem;

// The scripts beside the libraries, which are installed when the lock file changes.
fs::path installed_clients() {
  const fs::path source = ROLECALL_SOURCE_DIR "/tests/e2e/clients";
  const fs::path folder = ROLECALL_CLIENTS_DIR;
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(source))
    if (entry.is_regular_file())
      fs::copy_file(entry.path(), folder / entry.path().filename(),
                    fs::copy_options::overwrite_existing);
  const auto wanted = file_text(source / "package-lock.json");
  const auto installed = folder / "installed-lock.json";
  if (file_text(installed) == wanted) return folder;
  const auto npm =
      run({"/usr/bin/env", "npm", "ci", "--prefix", folder.string(), "--no-audit", "--no-fund"});
  REQUIRE_MESSAGE(npm.code == 0, "npm ci (tools/setup installs nodejs and npm): " << npm.err);
  std::ofstream(installed) << wanted;
  return folder;
}

struct fleet {
  engine_fixture engine;
  running_daemon daemon;

  fleet() : daemon(write(engine)) {
    daemon.wait_until([&] { return daemon.admin_get("/readyz").status == 200; });
  }

  static fs::path write(engine_fixture& engine) {
    auto& registry = engine.registry;
    registry.host = "  default_role: speaker\n";
    registry.models =
        "  dense: {path: dense.gguf}\n"
        "  vision: {path: vision.gguf, mmproj: mmproj-vision.gguf}\n"
        "  embedding: {path: embedding.gguf}\n";
    // The context is long enough for an answer without an end to outlast the tests. A model of
    // random weights may end its answer at any word that is drawn: the likeliest word is the same
    // each time.
    registry.roles =
        "  speaker:\n"
        "    model: dense\n"
        "    tier: hot\n"
        "    port: @\n"
        "    aliases: [mouth]\n"
        "    context: 65536\n"
        "    extra_args: [--temp, \"0\", --chat-template-file, " ROLECALL_SOURCE_DIR
        "/tests/e2e/clients/calling_template.jinja]\n"
        "  eyes: {model: vision, tier: warm, port: @, extra_args: [--temp, \"0\"]}\n"
        "  embedder: {model: embedding, tier: hot, port: @, embeddings: true, pooling: cls, "
        "context: 512}\n";
    return registry.write();
  }
};

void run_scenarios(const std::string& script) {
  const auto folder = installed_clients();
  const fleet running;
  const auto result = run(
      {"/usr/bin/env", "node", "--test-reporter=spec", (folder / script).string()},
      {"ROLECALL_DOOR=http://127.0.0.1:" + std::to_string(running.daemon.door()), "NO_COLOR=1"});
  CHECK_MESSAGE(result.code == 0, result.out << result.err);
  // A script that runs no scenario must not pass.
  CHECK_MESSAGE(result.out.find("pass 0") == std::string::npos, result.out);
  CHECK_MESSAGE(result.out.find("tests ") != std::string::npos, result.out);
}

}  // namespace

TEST_CASE("clients: OpenAI's library finds models, chats, calls tools, embeds and aborts") {
  run_scenarios("openai.mjs");
}

TEST_CASE("clients: Anthropic's library sends messages, calls tools, counts tokens and aborts") {
  run_scenarios("anthropic.mjs");
}

TEST_CASE("clients: Ollama's library lists, loads, generates, chats, embeds and aborts") {
  run_scenarios("ollama.mjs");
}

TEST_CASE("clients: a page of another origin may use the front door") {
  run_scenarios("browser.mjs");
}
