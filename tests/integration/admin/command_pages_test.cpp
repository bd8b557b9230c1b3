// The shells and man read what is made of the command lines.
#include "tests/integration/admin/rolectl_runs.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;

/// What bash offers at the end of `line`, which has the program's name for "rolectl".
std::vector<std::string> offered(const admin_door& door, const std::string& line) {
  const std::string program{ROLECTL};
  const auto script = R"sh(
    timeout() { shift; "$@"; }  # a test may be slower than an operator's patience
    source <("$1" completion bash)
    COMP_LINE=$2 COMP_POINT=${#2} COMP_CWORD=0 COMP_WORDS=($2) COMPREPLY=()
    function=$(complete -p rolectl); function=${function#*-F }; function=${function%% *}
    "$function" && printf '%s\n' "${COMPREPLY[@]}"
  )sh";
  const auto result = test::run({"/bin/bash", "-c", script, "bash", program, program + line},
                                {"ROLECALL_ADMIN=" + test::address_of(door)});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  std::vector<std::string> words;
  std::istringstream stream{result.out};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

using words = std::vector<std::string>;

bool has_program(const char* name) {
  return test::run({"/bin/sh", "-c", std::string{"command -v "} + name}).code == 0;
}

/// The folder that the pages were written to.
struct written_pages {
  test::temporary_directory folder;
  written_pages() { CHECK(test::run({WRITE_COMMAND_PAGES, folder.path().string()}).code == 0); }
  [[nodiscard]] std::string file(const char* name) const { return (folder.path() / name).string(); }
};

}  // namespace

TEST_CASE("completion: bash completes commands, options and values") {
  const admin_door door;
  CHECK(offered(door, " lo") == words{"load", "logs", "log-level"});
  CHECK(offered(door, " plan ") == words{"load"});
  CHECK(offered(door, " logs --fo") == words{"--fold", "--follow"});
  CHECK(offered(door, " completion ") == words{"bash", "zsh"});
  CHECK(offered(door, " top --sort me") == words{"memory"});
  CHECK(offered(door, " top --sort=me") == words{"memory"});
  CHECK(offered(door, " status ").empty());
  const auto commands = offered(door, " ");
  CHECK(std::ranges::find(commands, "trace") != commands.end());
}

TEST_CASE("completion: bash asks the daemon for the roles, at the address that the line names") {
  const admin_door door;
  const words roles{"frontdoor", "embedder", "worker_math"};
  CHECK(offered(door, " load ") == roles);
  CHECK(offered(door, " load --no-wait ") == roles);
  CHECK(offered(door, " logs -n 5 e") == words{"embedder"});
  CHECK(offered(door, " plan load wor") == words{"worker_math"});
  CHECK(offered(door, " load frontdoor ").empty());
  // A daemon that is away costs nothing but the offer.
  CHECK(offered(door, " --admin 127.0.0.1:1 load ").empty());
  CHECK(offered(door, " load --admin=127.0.0.1:1 ").empty());
}

TEST_CASE("completion: bash completes the parts of the daemon and their levels") {
  const admin_door door;
  CHECK(offered(door, " log-level pro") == words{"proxy="});
  CHECK(offered(door, " log-level proxy=w") == words{"warning"});
  CHECK(offered(door, " log-level memory=info proxy=w") == words{"warning"});
}

TEST_CASE("completion: bash completes files and folders") {
  const admin_door door;
  const test::temporary_directory folder;
  std::filesystem::create_directory(folder.path() / "inside");
  std::ofstream{folder.path() / "input.gguf"} << "GGUF";
  const auto in = (folder.path() / "in").string();
  CHECK(offered(door, " model " + in).size() == 2);
  CHECK(offered(door, " docs --write " + in) == words{in + "side"});
}

TEST_CASE("completion: what a daemon answers is not carried out by the shell") {
  admin_door door;
  door.on_control([](auto& fleet) { fleet.current.roles[0].name = "$(echo>&2;exit)`ls`"; });
  CHECK(offered(door, " load $") == words{"$(echo>&2;exit)`ls`"});
}

TEST_CASE("completion: bash and zsh find no mistake in the scripts") {
  const written_pages pages;
  const auto bash = test::run({"/bin/bash", "-n", pages.file("rolectl.bash")});
  CHECK(bash.code == 0);
  CHECK(bash.err.empty());
  CHECK(test::run_rolectl({"completion", "bash"}).out ==
        test::file_text(pages.file("rolectl.bash")));
  CHECK(test::run_rolectl({"completion", "zsh"}).out == test::file_text(pages.file("_rolectl")));
  if (!has_program("zsh")) {
    MESSAGE("skipped: there is no zsh to read the script of zsh");
    return;
  }
  const auto zsh = test::run({"/bin/sh", "-c", "zsh -f -n " + pages.file("_rolectl")});
  CHECK(zsh.code == 0);
  CHECK(zsh.err.empty());
}

TEST_CASE("manual pages: man has no complaint about them") {
  if (!has_program("man") || !has_program("groff")) {
    MESSAGE("skipped: there is no man to read the manual pages (packages man-db, groff-base)");
    return;
  }
  const written_pages pages;
  for (const char* name : {"rolectl.1", "rolecalld.8"}) {
    CAPTURE(name);
    const auto shown = test::run(
        {"/bin/sh", "-c", "man --warnings -E UTF-8 -l -Tutf8 " + pages.file(name) + " | cat"},
        {"MANWIDTH=80"});
    CHECK(shown.code == 0);
    CHECK(shown.err.empty());
    CHECK(shown.out.find("Rolecall ") != std::string::npos);
    CHECK(shown.out.size() > 1000);
  }
}
