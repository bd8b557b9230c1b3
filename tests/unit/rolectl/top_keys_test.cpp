#include "tests/unit/rolectl/top_fleet.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::admin::command;
using rolecall::test::press;
using rolecall::test::top_fleet;
using rolecall::test::top_role;
using rolecall::test::top_start;
using actions = std::vector<top_action>;

std::vector<std::string> order(const top_state& state) {
  std::vector<std::string> names;
  for (const auto* role : sorted_roles(state)) names.push_back(role->name);
  return names;
}

using names = std::vector<std::string>;

std::string message_of(const top_state& state) {
  return state.message ? state.message->text : std::string{};
}

}  // namespace

TEST_CASE("rolectl top: arrows, j and k, Home and End move the selection and stop at the ends") {
  auto state = top_start();
  press(state, "j");
  CHECK(state.selected == "frontdoor");
  press(state, key::name::down);
  press(state, key::name::down);
  CHECK(state.selected == "vision");
  press(state, "k");
  CHECK(state.selected == "frontdoor");
  press(state, key::name::up);
  press(state, key::name::up);
  CHECK(state.selected == "architect");
  press(state, key::name::end);
  CHECK(state.selected == "vision");
  press(state, key::name::home);
  CHECK(state.selected == "architect");
  press(state, key::name::page_down);
  CHECK(state.selected == "vision");
  press(state, key::name::page_up);
  CHECK(state.selected == "architect");
}

TEST_CASE("rolectl top: roles are sorted by what was chosen, equal ones by name") {
  auto fleet = top_fleet();
  fleet.roles.push_back(top_role("busy", "ready"));
  fleet.roles.back().in_flight = 9;
  fleet.roles.back().instances[0].reserved_bytes = 1;
  auto state = top_start(fleet);
  CHECK(order(state) == names{"architect", "busy", "frontdoor", "vision"});
  press(state, "s");
  CHECK(order(state) == names{"vision", "busy", "frontdoor", "architect"});  // by state
  press(state, "s");
  CHECK(order(state) == names{"frontdoor", "busy", "architect", "vision"});  // by memory
  press(state, "s");
  CHECK(order(state) == names{"busy", "frontdoor", "architect", "vision"});  // by requests
  press(state, "s");
  CHECK(order(state) == names{"frontdoor", "architect", "busy", "vision"});  // by tokens
  press(state, "s");
  CHECK(state.sort == top_sort::role);
  press(state, "5");
  CHECK(state.sort == top_sort::tokens);
}

TEST_CASE("rolectl top: the words of --sort are the keys' sorts") {
  CHECK(parse_top_sort("role") == top_sort::role);
  CHECK(parse_top_sort("tokens") == top_sort::tokens);
  CHECK_FALSE(parse_top_sort("size"));
  CHECK_FALSE(parse_top_sort(""));
}

TEST_CASE("rolectl top: loading is sent at once, unless there is nothing to load") {
  auto fleet = top_fleet();
  fleet.roles.push_back(top_role("z_draft", "stopped"));
  fleet.roles.back().instances.clear();
  auto state = top_start(fleet);
  CHECK(press(state, "l") == actions{send_command{command::load, "architect", false}});
  CHECK(press(state, "jl").empty());
  CHECK(message_of(state) == "frontdoor is ready already");
  CHECK(press(state, "jjl").empty());
  CHECK(message_of(state) == "z_draft has no process of its own");
  CHECK(press(state, "o").empty());
  CHECK_FALSE(state.log);
}

TEST_CASE("rolectl top: unloading is asked for, and only y does it") {
  auto state = top_start();
  CHECK(press(state, "u").empty());
  CHECK(message_of(state) == "architect is not loaded");
  CHECK_FALSE(state.question);

  CHECK(press(state, "ju").empty());
  REQUIRE(state.question);
  CHECK(press(state, "y") == actions{send_command{command::unload, "frontdoor", true}});
  CHECK_FALSE(state.question);

  for (const char other : {'n', 'q', 'Y'}) {
    press(state, "u");
    CHECK(press(state, std::string(1, other)).empty());
    CHECK_FALSE(state.question);
    CHECK(message_of(state) == "frontdoor stays as it is");
  }
  press(state, "u");
  CHECK(press(state, key::name::escape).empty());
  CHECK_FALSE(state.question);
}

TEST_CASE("rolectl top: an idle role is unloaded without force") {
  auto fleet = top_fleet();
  fleet.roles[0].instances[0].leases = 0;
  auto state = top_start(fleet);
  press(state, "ju");
  CHECK(press(state, "y") == actions{send_command{command::unload, "frontdoor", false}});
}

TEST_CASE("rolectl top: a log is followed until q or Escape") {
  for (const auto leave : {key{key::name::character, 'q'}, key{key::name::escape, 0}}) {
    auto state = top_start();
    CHECK(press(state, "o") == actions{follow_log{"architect"}});
    REQUIRE(state.log);
    (void)step(state, top_log_piece{"architect", "one\ntw"}, 1);
    (void)step(state, top_log_piece{"architect", "o\n"}, 1);
    (void)step(state, top_log_piece{"another", "late\n"}, 1);
    CHECK(state.log->lines == names{"one", "two", ""});
    (void)step(state, top_log_end{"architect", "unreachable"}, 1);
    CHECK(state.log->ended == "unreachable");
    CHECK(step(state, leave, 1) == actions{leave_log{}});
    CHECK_FALSE(state.log);
  }
}

TEST_CASE("rolectl top: a log that was scrolled back stays where it is, within its lines") {
  auto state = top_start();
  press(state, key::name::enter);
  REQUIRE(state.log);
  (void)step(state, top_log_piece{"architect", "1\n2\n3\n"}, 1);
  press(state, key::name::up);
  CHECK(state.log->back == 1);
  (void)step(state, top_log_piece{"architect", "4\n"}, 1);
  CHECK(state.log->back == 2);
  press(state, key::name::page_up);
  CHECK(state.log->back == 4);
  press(state, key::name::down);
  CHECK(state.log->back == 3);
  press(state, key::name::end);
  CHECK(state.log->back == 0);
  press(state, key::name::home);
  CHECK(state.log->back == 4);
  for (std::size_t i = 0; i < top_log::most; ++i)
    (void)step(state, top_log_piece{"architect", "more\n"}, 1);
  CHECK(state.log->lines.size() == top_log::most);
  CHECK(state.log->back < top_log::most);
}

TEST_CASE("rolectl top: help takes the next key") {
  auto state = top_start();
  press(state, "?");
  CHECK(state.help);
  CHECK(press(state, "q").empty());
  CHECK_FALSE(state.help);
}

TEST_CASE("rolectl top: q leaves; Ctrl-C does so wherever one is") {
  auto state = top_start();
  CHECK(press(state, "q") == actions{leave_top{}});
  const std::string interrupt(1, control_c);
  for (const char* before : {"", "?", "o", "ju"}) {
    auto elsewhere = top_start();
    press(elsewhere, before);
    CHECK(press(elsewhere, interrupt) == actions{leave_top{}});
  }
  CHECK(press(state, std::string(1, control_l)) == actions{clear_screen{}});
  CHECK(press(state, std::string(1, control_z)) == actions{suspend_top{}});
}

TEST_CASE("rolectl top: before the first answer keys do no harm") {
  top_state state;
  CHECK(press(state, "jkluops1").empty());
  CHECK_FALSE(state.paused);
  CHECK(press(state, key::name::end).empty());
  CHECK(press(state, "q") == actions{leave_top{}});
}
