#include "tools/command_pages/shell_completion.hpp"

#include "tests/unit/command_pages/small_program.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::command_pages;

command_description small() { return describe(rolecall::test::small_program{}.app); }

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

// That the scripts do complete is tested with the shells themselves (tests/integration/admin).

TEST_CASE("completion: bash is told each command's words and what its values are") {
  const auto script = bash_completion(small());
  CHECK(has(script, "    ' put')\n      commands=( )\n"));
  CHECK(has(script, "      arguments=( 'role' 'pair low high' )\n      repeats=yes ;;\n"));
  CHECK(has(script, "    ' get')\n      commands=( all )\n"));
  CHECK(has(script, "    *' --door') kind='text' ;;\n"));
  CHECK(has(script, "    ' put'' -n'|' put'' --number') kind='text' ;;\n"));
  CHECK(has(script, "    ' get all'' --how') kind='choice up down' ;;\n"));
  CHECK(has(script, "complete -F _tool tool\n"));
  for (const char* mark : {"@PROGRAM@", "_CASES@", "@OWN"}) CHECK_FALSE(has(script, mark));
  CHECK_FALSE(has(script, "secret"));
}

TEST_CASE("completion: zsh is told each command's words, with what they mean") {
  const auto script = zsh_completion(small());
  CHECK(script.starts_with("#compdef tool\n"));
  CHECK(has(script, "'(-n --number)--number=[How often (1 to 9; default\\: 5)]:N: '"));
  CHECK(has(script, "':ROLE:_tool__roles'"));
  CHECK(has(script, "'*:KEY=VALUE: _tool__pairs put low high'"));
  CHECK(has(script, "'(--how)--how=[In which order (up, down)]:ORDER:(up down)'"));
  CHECK(has(script, "    'explain:It'\\''s \\[not\\] a\\: \\\\trap'\n"));
  CHECK(has(script, "    all) _tool_get_all ;;\n"));
  CHECK_FALSE(has(script, "secret"));
}
