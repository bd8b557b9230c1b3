#include "tools/command_pages/command_description.hpp"

#include "tests/unit/command_pages/small_program.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::command_pages;

command_description small() { return describe(rolecall::test::small_program{}.app); }

const option_description& option(const command_description& command, const char* name) {
  for (const auto& each : command.options)
    for (const auto& own : each.names)
      if (own == name) return each;
  throw std::out_of_range(name);
}

}  // namespace

TEST_CASE("command pages: a definition is read with its groups, and what is hidden stays so") {
  const auto program = small();
  CHECK(program.name == "tool");
  REQUIRE(program.groups.size() == 2);
  CHECK(program.groups[0].title == "Things");
  REQUIRE(program.groups[0].commands.size() == 2);
  CHECK(program.groups[0].commands[0].path == "tool put");
  CHECK(program.groups[0].commands[0].text == "Put a thing");
  CHECK(program.groups[0].commands[1].groups[0].commands[0].path == "tool get all");
  std::vector<std::string> paths;
  for (const auto* command : all_commands(program)) paths.push_back(command->path);
  CHECK(paths ==
        std::vector<std::string>{"tool", "tool put", "tool get", "tool get all", "tool explain"});
}

TEST_CASE("command pages: what a value is follows from its placeholder and its choices") {
  const auto program = small();
  const auto& put = program.groups[0].commands[0];
  const auto& all = program.groups[0].commands[1].groups[0].commands[0];
  CHECK(put.arguments[0].value == value_kind::role);
  CHECK(put.arguments[1].value == value_kind::pair);
  CHECK(put.arguments[1].choices == std::vector<std::string>{"low", "high"});
  CHECK(put.arguments[1].is_repeated);
  CHECK(option(put, "--number").value == value_kind::text);
  CHECK(option(put, "--number").names == std::vector<std::string>{"-n", "--number"});
  CHECK(option(put, "--no-noise").value == value_kind::none);
  CHECK(option(all, "--into").value == value_kind::file);
  CHECK(all.arguments[0].value == value_kind::file);
  CHECK(option(all, "--folder").value == value_kind::directory);
  CHECK(option(all, "--how").value == value_kind::choice);
}

TEST_CASE("command pages: limits, defaults, variables and conflicts are told behind the text") {
  const auto program = small();
  const auto& put = program.groups[0].commands[0];
  CHECK(full_text(option(put, "--number")) == "How often (1 to 9; default: 5)");
  CHECK(full_text(option(put, "--loud")) == "In noise (not with --no-noise)");
  CHECK(full_text(option(program, "--door")) == "Where it is (or $TOOL_DOOR)");
  CHECK(full_text(option(program.groups[0].commands[1].groups[0].commands[0], "--how")) ==
        "In which order (up, down)");
}

TEST_CASE("command pages: a footer is parted into texts and lists") {
  const auto program = small();
  const auto& closing = program.groups[0].commands[0].closing;
  REQUIRE(closing.size() == 2);
  CHECK(closing[0].title.empty());
  CHECK(closing[0].text == "A note that is told in two lines.");
  CHECK(closing[1].title == "Words");
  CHECK(closing[1].items == std::vector<std::pair<std::string, std::string>>{
                                {"one", "the first"}, {"two", "the second"}});
}

TEST_CASE("command pages: usage tells what must be given and what may be") {
  const auto program = small();
  CHECK(usage_words(program) == "[OPTIONS] COMMAND");
  CHECK(usage_words(program.groups[0].commands[0]) == "[OPTIONS] ROLE [KEY=VALUE...]");
}
