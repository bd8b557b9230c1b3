// Binaries that are shell scripts: what a probe makes of answers of every kind.

#include "launcher/capabilities.hpp"
#include "launcher/engine_backends.hpp"
#include "tests/integration/launcher/child_case.hpp"

#include <cerrno>
#include <chrono>
#include <fstream>

#include <doctest/doctest.h>

#include <sys/wait.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

namespace {

std::filesystem::path binary(const child_case& c, const std::string& script) {
  const auto file = c.folder / "llama-server";
  std::ofstream(file) << "#!/bin/sh\n" << script << '\n';
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

constexpr auto good = R"(
echo "$1" >> "$0.calls"
case $1 in
  --help) printf -- '-m,    --model FNAME                    model path\n--port PORT                             port\n';;
  --version) echo 'version: 0.7.0 (build 42, commit x)' >&2;;
esac)";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string refusal(const std::filesystem::path& file) {
  const auto probed = probe_capabilities(file);
  REQUIRE(probed.has_error());
  return probed.error();
}

}  // namespace

TEST_CASE("probe: help and version are read, wherever the binary prints them") {
  child_case c;
  const auto file = binary(c, good);
  const auto probed = probe_capabilities(file);
  REQUIRE_MESSAGE(probed.has_value(), probed.error());
  CHECK(probed->binary == file);
  CHECK(probed->build == 42);
  CHECK(probed->has("-m"));
}

TEST_CASE("probe: a binary is asked once, and again when it has changed") {
  child_case c;
  const auto file = binary(c, good);
  const auto calls = [&] { return file_text(file.string() + ".calls"); };
  for (int i = 0; i < 3; ++i) CHECK(probe_capabilities(file).has_value());
  CHECK(calls() == "--help\n--version\n");
  std::ofstream(file, std::ios::app) << "# a newer build\n";
  CHECK(probe_capabilities(file).has_value());
  CHECK(calls() == "--help\n--version\n--help\n--version\n");
}

TEST_CASE("probe: variables that the daemon holds back from children are held back here, too") {
  child_case c;
  ::setenv("LLAMA_ARG_PORT", "no number", 1);
  const auto probed =
      probe_capabilities(binary(c, "test -z \"$LLAMA_ARG_PORT\" || exit 1" + std::string(good)));
  ::unsetenv("LLAMA_ARG_PORT");
  CHECK(probed.has_value());
}

TEST_CASE("probe: what fails is told with the binary's name, and leaves nobody to reap") {
  child_case c;
  CHECK(contains(refusal(c.folder / "none"),
                 "cannot use engine " + (c.folder / "none").string() + ": No such file"));
  CHECK(contains(refusal(binary(c, "echo 'libfoo.so: not found' >&2; exit 127")),
                 "--help ended with exit code 127: libfoo.so: not found"));
  CHECK(contains(refusal(binary(c, "kill -SEGV $$")), "--help ended by signal 11"));
  CHECK(contains(refusal(binary(c, "echo hello")),
                 "names no --model and --port; is it a llama-server?"));
  CHECK(contains(refusal(binary(c, "exec yes")), "no answer of less than 1 MiB"));
  std::filesystem::permissions(binary(c, good), std::filesystem::perms::owner_read);
  CHECK(contains(refusal(c.folder / "llama-server"), "Permission denied"));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("probe: a binary is found by path as it is, and by name in PATH") {
  child_case c;
  const auto file = binary(c, good);
  CHECK(*find_binary(file) == file);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", ("relative::" + c.folder.string() + ":" + path).c_str(), 1);
  const auto found = find_binary("llama-server");
  const auto absent = find_binary("no-such-engine");
  ::setenv("PATH", path.c_str(), 1);
  REQUIRE(found.has_value());
  CHECK(*found == file);
  REQUIRE(absent.has_error());
  CHECK(contains(absent.error(), "cannot use engine no-such-engine: it is not in PATH"));
}

TEST_CASE("probe: a file that is missing or cannot be run is told apart") {
  child_case c;
  CHECK(contains(find_binary(c.folder / "none").error(), "there is no such file"));
  CHECK(contains(find_binary(c.folder).error(), "there is no such file"));
  const auto file = binary(c, good);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  CHECK(contains(find_binary(file).error(), "may not be executed"));
}

TEST_CASE("probe: what an engine computes on is asked for as its help tells how") {
  child_case c;
  const auto listing = R"(
case $1 in
  --help) printf -- '-m,    --model FNAME                    model path\n--port PORT                             port\n-v,    --verbose                        much\n--list-devices                          devices\n';;
  --version) echo 'version: 42 (x)';;
  --verbose) test "$2" = --list-devices || exit 1
    echo 'load_backend: loaded CPU backend from /x/libggml-cpu-zen4.so' >&2
    printf 'Available devices:\n  CUDA0: a GPU (2 MiB, 1 MiB free)\n';;
  *) exit 1;;
esac)";
  const auto engine = probe_capabilities(binary(c, listing));
  REQUIRE_MESSAGE(engine.has_value(), engine.error());
  const auto known = probe_backends(*engine);
  REQUIRE_MESSAGE(known.has_value(), known.error());
  CHECK(to_string(*known) == "CPU (zen4); CUDA0: a GPU (2 MiB, 1 MiB free)");
}

TEST_CASE(
    "probe: an engine that does not tell what it computes on is not asked, or its failure told") {
  child_case c;
  const auto silent = probe_capabilities(binary(c, good));
  REQUIRE(silent.has_value());
  const auto unasked = probe_backends(*silent);
  REQUIRE(unasked.has_error());
  CHECK(unasked.error() == "its --help names no --list-devices");

  auto failing = *silent;
  failing.flags.insert("--list-devices");
  failing.binary = "/bin/false";
  const auto failed = probe_backends(failing);
  REQUIRE(failed.has_error());
  CHECK(failed.error() == "--list-devices ended with exit code 1");
}
