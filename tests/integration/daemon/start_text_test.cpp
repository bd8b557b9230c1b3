// What the daemon says of its start on stdout.
#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/running_daemon.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

/// Stdout of a daemon that was stopped when it had said whether it is ready.
std::string start_text(const fake_fleet& fake, const std::vector<std::string>& environment = {}) {
  const auto out = fake.folder.path() / "out";
  const auto ended = run({"/bin/sh", "-c", R"(
mkfifo "$2.pipe"
"$0" --registry "$1" >"$2.pipe" 2>"$2.log" & daemon=$!
while IFS= read -r line; do
  printf '%s\n' "$line"
  case $line in *ready\ *[0-9]\ of\ *) kill -TERM $daemon;; esac
done <"$2.pipe" >"$2"
wait $daemon)",
                          ROLECALLD, fake.registry.write().string(), out.string()},
                         environment);
  REQUIRE_MESSAGE(ended.code == 0, file_text(out.string() + ".log"));
  return file_text(out);
}

}  // namespace

TEST_CASE("start: facts, doors and then readiness with the endpoints, whatever is logged") {
  fake_fleet fake;
  fake.add("small", "hot", "--fake-load-ms, '1'");
  const auto text = start_text(fake, {"ROLECALL_LOG_LEVEL=error", "TERM=xterm"});
  CHECK(text.starts_with("rolecalld "));
  std::size_t at = 0;
  for (const std::string next :
       {"\n  host ", "\n    node 0  CPUs ", "\n  cpu ", "\n  registry ",
        "\n  models    1 in the registry\n", "\n  models    1 found, ", "\n  engine ",
        "\n  budget    4.0 GiB of ", "\n  moe ", "\n  drafts ", "\n    small ",
        "\n  door      http://127.0.0.1:", "\n  admin     127.0.0.1:",
        "\n  ready     1 of 1 hot role, after ",
        "\n  serves    http://127.0.0.1:", "\n    POST /v1/chat/completions\n"}) {
    CHECK_MESSAGE(text.find(next, at) != std::string::npos, next, " in\n", text);
    at = std::min(text.find(next, at), text.size());
  }
  CHECK(contains(text, "\n  backend   CPU (fake)\n"));
  CHECK(text.find('\033') == std::string::npos);
  CHECK(file_text(fake.folder.path() / "out.log").empty());
}

TEST_CASE("start: roles that cannot run are named before the doors open, and after it") {
  fake_fleet fake;
  fake.add("small", "hot", "--fake-load-ms, '1'");
  fake.registry.roles +=
      "  broken: {model: small, tier: hot, port: @, llama_server: /nonexistent/engine}\n";
  const auto text = start_text(fake);
  const auto door = text.find("\n  door ");
  const auto named = text.find("cannot run: cannot use engine /nonexistent/engine");
  REQUIRE(door != std::string::npos);
  CHECK(named < door);
  CHECK(contains(text, "\n  not ready 1 of 2 hot roles, after "));
  CHECK(contains(text.substr(door), "\n    broken: failed (cannot use engine /nonexistent/engine"));
}
