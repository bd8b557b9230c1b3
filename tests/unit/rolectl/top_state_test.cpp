#include "tests/unit/rolectl/top_fleet.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::admin::command;
using rolecall::admin::fleet_status;
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

/// The role `which` in another state for `since` seconds.
fleet_status with_state(std::size_t which, std::string state, double since = 0) {
  auto fleet = top_fleet();
  fleet.roles[which].instances[0].state = std::move(state);
  fleet.roles[which].instances[0].since_seconds = since;
  return fleet;
}

std::string message_of(const top_state& state) {
  return state.message ? state.message->text : std::string{};
}

}  // namespace

TEST_CASE("rolectl top: the first answer selects the first role, and it stays when rows move") {
  auto state = top_start();
  CHECK(order(state) == names{"architect", "frontdoor", "vision"});
  CHECK(state.selected == "architect");
  press(state, "2");
  CHECK(order(state) == names{"vision", "frontdoor", "architect"});
  CHECK(state.selected == "architect");
}

TEST_CASE("rolectl top: a selected role that is gone makes way for the first") {
  auto state = top_start();
  auto fleet = top_fleet();
  fleet.roles.erase(fleet.roles.begin() + 1);
  (void)step(state, top_snapshot{fleet}, 1);
  CHECK(state.selected == "frontdoor");
}

TEST_CASE("rolectl top: a load that was sent is followed until the role is ready") {
  auto state = top_start();
  (void)step(state, top_outcome{command::load, "architect", {}}, 10);
  CHECK(message_of(state) == "architect: load is under way");
  // Stopped, since a moment ago even: it waits for room.
  (void)step(state, top_snapshot{with_state(1, "stopped", 0)}, 11);
  CHECK(state.commands.size() == 1);
  (void)step(state, top_snapshot{with_state(1, "starting", 1)}, 12);
  CHECK(state.commands.size() == 1);
  (void)step(state, top_snapshot{with_state(1, "ready", 1)}, 40);
  CHECK(message_of(state) == "architect is ready");
  CHECK(state.message->how == look::good);
  CHECK(state.commands.empty());
}

TEST_CASE("rolectl top: a load that fails is told with its reason") {
  auto state = top_start();
  (void)step(state, top_outcome{command::load, "vision", {}}, 10);
  // It was failed before: that is no answer yet.
  (void)step(state, top_snapshot{with_state(2, "failed", 100)}, 11);
  CHECK(state.commands.size() == 1);
  // Failed since one second ago, and so after the command.
  (void)step(state, top_snapshot{with_state(2, "failed", 1)}, 12);
  CHECK(message_of(state) == "vision was not loaded: crashed: signal 9 (SIGKILL)");
  CHECK(state.message->how == look::bad);
  CHECK(state.commands.empty());

  (void)step(state, top_outcome{command::load, "architect", {}}, 20);
  (void)step(state, top_snapshot{with_state(1, "starting", 1)}, 21);
  (void)step(state, top_snapshot{with_state(1, "stopped", 0.5)}, 22);
  CHECK(message_of(state) == "architect was not loaded: evicted");
}

TEST_CASE("rolectl top: an unload is done when the role rests") {
  auto state = top_start();
  (void)step(state, top_outcome{command::unload, "frontdoor", {}}, 10);
  (void)step(state, top_snapshot{with_state(0, "draining")}, 11);
  CHECK(state.commands.size() == 1);
  (void)step(state, top_snapshot{with_state(0, "stopped")}, 12);
  CHECK(message_of(state) == "frontdoor is unloaded");
}

TEST_CASE("rolectl top: a refusal is shown, and nothing is waited for") {
  auto state = top_start();
  (void)step(state, top_outcome{command::load, "architect", "cannot load architect: too big"}, 1);
  CHECK(message_of(state) == "cannot load architect: too big");
  CHECK(state.message->how == look::bad);
  CHECK(state.commands.empty());
}

TEST_CASE("rolectl top: a message goes after some seconds") {
  auto state = top_start();
  press(state, "u");
  (void)step(state, top_tick{}, 9);
  CHECK_FALSE(message_of(state).empty());
  (void)step(state, top_tick{}, 11);
  CHECK(message_of(state).empty());
}

TEST_CASE("rolectl top: a pause keeps the picture; commands go on") {
  auto state = top_start();
  press(state, "p");
  CHECK(state.paused);
  (void)step(state, top_outcome{command::load, "architect", {}}, 1);
  (void)step(state, top_snapshot{with_state(1, "ready")}, 2);
  CHECK(rolecall::admin::state_of(state.shown->roles[1]) == "stopped");
  CHECK(message_of(state) == "architect is ready");
  CHECK(state.fleet.tokens.size() == 1);
  press(state, "p");
  (void)step(state, top_snapshot{with_state(1, "ready")}, 3);
  CHECK(rolecall::admin::state_of(state.shown->roles[1]) == "ready");
}

TEST_CASE("rolectl top: a daemon that does not answer leaves what was last seen, and comes back") {
  auto state = top_start();
  (void)step(state, top_failure{"connection refused"}, 5);
  CHECK(state.failure == "connection refused");
  CHECK(state.shown);
  CHECK(state.answered == 0);
  (void)step(state, top_snapshot{top_fleet()}, 6);
  CHECK(state.failure.empty());
  CHECK(state.answered == 6);
}

TEST_CASE("rolectl top: each answer adds to the history, which forgets the oldest") {
  auto fleet = top_fleet();
  fleet.roles.push_back(fleet.roles[0]);
  fleet.roles.back().name = "sharer";
  fleet.roles.back().shares = "frontdoor";
  auto state = top_start(fleet);
  CHECK(state.fleet.tokens == std::vector<double>{20});  // what is shared counts once
  CHECK(state.fleet.memory == std::vector<double>{4.0 * (1ULL << 30)});
  CHECK(state.roles.at("frontdoor").memory == std::vector<double>{3.0 * (1ULL << 30)});
  for (std::size_t i = 0; i < top_history::most; ++i) {
    fleet.roles[0].tokens_per_second = static_cast<double>(i);
    (void)step(state, top_snapshot{fleet}, 1);
  }
  CHECK(state.fleet.tokens.size() == top_history::most);
  CHECK(state.fleet.tokens.front() == 0);
  CHECK(state.fleet.tokens.back() == static_cast<double>(top_history::most - 1));
}

TEST_CASE("rolectl top: the history of a role that is gone goes, too") {
  auto state = top_start();
  auto fleet = top_fleet();
  fleet.roles.pop_back();
  (void)step(state, top_snapshot{fleet}, 1);
  CHECK_FALSE(state.roles.contains("vision"));
}
