#include "tools/command_pages/help_page.hpp"

#include "tests/unit/command_pages/small_program.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::command_pages;
using rolecall::test::small_program;

TEST_CASE("help page: a program's page has its commands in groups") {
  CHECK(help_page(describe(small_program{}.app), 60) ==
        "tool keeps things.\n"
        "\n"
        "Usage: tool [OPTIONS] COMMAND\n"
        "\n"
        "Things:\n"
        "  put      Put a thing\n"
        "  get      Get a thing\n"
        "\n"
        "Other:\n"
        "  explain  It's [not] a: \\trap\n"
        "\n"
        "Options:\n"
        "  -h, --help      Print this help message and exit\n"
        "  --door ADDRESS  Where it is (or $TOOL_DOOR)\n");
}

TEST_CASE("help page: a command's page has its arguments, its options and where to read on") {
  const auto program = describe(small_program{}.app);
  CHECK(help_page(program.groups[0].commands[0], 60) ==
        "Put a thing\n"
        "\n"
        "Usage: tool put [OPTIONS] ROLE [KEY=VALUE...]\n"
        "\n"
        "Arguments:\n"
        "  ROLE       Whose\n"
        "  KEY=VALUE  How (VALUE: low, high)\n"
        "\n"
        "Options:\n"
        "  -h, --help      Print this help message and exit\n"
        "  -n, --number N  How often (1 to 9; default: 5)\n"
        "  --no-noise      In silence (not with --loud)\n"
        "  --loud          In noise (not with --no-noise)\n"
        "\n"
        "A note that is told in two lines.\n"
        "\n"
        "Words:\n"
        "  one  the first\n"
        "  two  the second\n"
        "\n"
        "Options of every command, exit codes and environment: tool\n"
        "--help\n");
}

TEST_CASE("help page: lines are no wider than asked for, and a long name has its own line") {
  CLI::App app{"tool keeps things in a place that takes many words to tell of, … and more.",
               "tool"};
  bool flag = false;
  app.add_flag("--a-name-that-is-longer-than-a-third", flag,
               "What it does, in words that need two lines");
  for (const std::size_t columns : {40U, 57U, 80U}) {
    std::istringstream page{help_page(describe(app), columns)};
    for (std::string line; std::getline(page, line);) {
      CAPTURE(line);
      CHECK(line.size() <= columns + 2);  // "…" has three bytes
    }
  }
  CHECK(help_page(describe(app), 60).find("\n  --a-name-that-is-longer-than-a-third\n") !=
        std::string::npos);
  CHECK(help_page(describe(app), 1) == help_page(describe(app), 40));
}

TEST_CASE("help page: --help of a program and of its later subcommands prints it") {
  CLI::App app{"tool keeps things.", "tool"};
  use_help_page(app, [] { return std::size_t{50}; });
  auto* command = app.add_subcommand("put", "Put a thing");
  CHECK(app.help() == help_page(describe(app), 50));
  CHECK(command->help() == help_page(describe(*command), 50));
}
