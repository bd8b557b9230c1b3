#include "orchestrator/supervision/instance_fsm.hpp"

#include <array>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall;
using namespace rolecall::supervision;
using namespace std::chrono_literals;

namespace {

constexpr registry::timeouts short_timeouts{.ready_stall = 60s,
                                            .first_byte = 600s,
                                            .total = {},
                                            .idle_unload = {},
                                            .drain = 30s,
                                            .stop = 10s};

restart_policy hot() { return {.restarts = true}; }
restart_policy warm() { return {.restarts = false}; }

exited killed() { return {{.code = 0, .signal = SIGKILL}, {}}; }
exited ended() { return {{.code = 0, .signal = 0}, {}}; }

/// An instance that lives as a list of events tells.
instance_fsm after(restart_policy policy, const std::vector<event>& events) {
  instance_fsm fsm(short_timeouts, policy);
  for (const auto& e : events) (void)fsm.step(e);
  return fsm;
}

std::string to_text(const std::vector<action>& actions) {
  std::ostringstream text;
  for (const auto& a : actions) text << (text.tellp() > 0 ? "; " : "") << a;
  return text.str();
}

std::string step(instance_fsm& fsm, const event& e) { return to_text(fsm.step(e)); }

/// Crashes once after having become ready.
void crash_once(instance_fsm& fsm) {
  for (const event& e :
       {event{start_requested{}}, event{spawned{}}, event{became_ready{}}, event{killed()}})
    (void)fsm.step(e);
}

// ---- the table

struct state_row {
  instance_state state;
  std::vector<event> way;
};
const std::array<state_row, 7> states{{
    {instance_state::stopped, {}},
    {instance_state::starting, {start_requested{}}},
    {instance_state::ready, {start_requested{}, spawned{}, became_ready{}}},
    {instance_state::draining,
     {start_requested{}, spawned{}, became_ready{}, stop_requested{"idle", 1}}},
    {instance_state::stopping,
     {start_requested{}, spawned{}, became_ready{}, stop_requested{"idle", 0}}},
    {instance_state::backoff, {start_requested{}, spawned{}, killed()}},
    {instance_state::failed,
     {start_requested{}, killed(), backoff_elapsed{}, killed(), backoff_elapsed{}, killed(),
      backoff_elapsed{}, killed(), backoff_elapsed{}, killed()}},
}};

const std::array<std::pair<const char*, event>, 14> events{{
    {"start", start_requested{}},
    {"stop, idle", stop_requested{"operator", 0}},
    {"stop, busy", stop_requested{"operator", 2}},
    {"spawned", spawned{}},
    {"spawn failed", spawn_failed{"port 8081 is taken by pid 7 (nginx)"}},
    {"ready", became_ready{}},
    {"stalled", load_stalled{}},
    {"stolen", port_stolen{"port 8081 is taken by pid 7 (nginx)"}},
    {"exited", killed()},
    {"drained", drained{}},
    {"drain elapsed", drain_elapsed{}},
    {"grace elapsed", grace_elapsed{}},
    {"backoff elapsed", backoff_elapsed{}},
    {"settled", settled{}},
}};

struct answer_row {
  instance_state state;
  const char* event;
  instance_state next;
  const char* actions;
};
// Of a HOT role. Every pair that is not listed changes nothing and causes nothing.
const answer_row answers[] = {
    {instance_state::stopped, "start", instance_state::starting,
     "report stopped → starting ''; spawn"},

    {instance_state::starting, "spawned", instance_state::starting, "watch load"},
    {instance_state::starting, "spawn failed", instance_state::backoff,
     "report starting → backoff (will restart) 'port 8081 is taken by pid 7 (nginx)'; arm timer "
     "500 ms"},
    {instance_state::starting, "ready", instance_state::ready,
     "report starting → ready ''; arm timer 60000 ms"},
    {instance_state::starting, "stalled", instance_state::stopping,
     "report starting → stopping 'stalled: the load made no progress for 1m'; send signal 9"},
    {instance_state::starting, "stolen", instance_state::stopping,
     "report starting → stopping 'port 8081 is taken by pid 7 (nginx)'; send signal 9"},
    {instance_state::starting, "exited", instance_state::backoff,
     "report starting → backoff (will restart) 'crashed: signal 9 (SIGKILL)'; arm timer 500 ms"},
    {instance_state::starting, "stop, idle", instance_state::stopping,
     "report starting → stopping 'operator'; send signal 15; arm timer 10000 ms"},
    {instance_state::starting, "stop, busy", instance_state::stopping,
     "report starting → stopping 'operator'; send signal 15; arm timer 10000 ms"},

    {instance_state::ready, "stop, idle", instance_state::stopping,
     "report ready → stopping 'operator'; send signal 15; arm timer 10000 ms"},
    {instance_state::ready, "stop, busy", instance_state::draining,
     "report ready → draining 'operator'; watch leases; arm timer 30000 ms"},
    {instance_state::ready, "exited", instance_state::backoff,
     "report ready → backoff (will restart) 'crashed: signal 9 (SIGKILL)'; arm timer 500 ms"},

    {instance_state::draining, "drained", instance_state::stopping,
     "report draining → stopping 'idle'; send signal 15; arm timer 10000 ms"},
    {instance_state::draining, "drain elapsed", instance_state::stopping,
     "report draining → stopping 'idle'; send signal 15; arm timer 10000 ms"},
    {instance_state::draining, "exited", instance_state::stopped,
     "report draining → stopped 'idle; crashed while draining: signal 9 (SIGKILL)'"},

    {instance_state::stopping, "exited", instance_state::stopped,
     "report stopping → stopped 'idle'"},
    {instance_state::stopping, "spawn failed", instance_state::stopped,
     "report stopping → stopped 'idle'"},
    {instance_state::stopping, "grace elapsed", instance_state::stopping, "send signal 9"},

    {instance_state::backoff, "start", instance_state::starting,
     "report backoff → starting 'crashed: signal 9 (SIGKILL)'; spawn"},
    {instance_state::backoff, "backoff elapsed", instance_state::starting,
     "report backoff → starting 'crashed: signal 9 (SIGKILL)'; spawn"},
    {instance_state::backoff, "stop, idle", instance_state::stopped,
     "report backoff → stopped 'operator'"},
    {instance_state::backoff, "stop, busy", instance_state::stopped,
     "report backoff → stopped 'operator'"},

    {instance_state::failed, "start", instance_state::starting,
     "report failed → starting ''; spawn"},
};

}  // namespace

TEST_CASE("instance: every pair of state and event has the answer of the table") {
  std::size_t found = 0;
  for (const auto& [state, way] : states)
    for (const auto& [name, happened] : events) {
      CAPTURE(to_string(state));
      CAPTURE(name);
      auto fsm = after(hot(), way);
      REQUIRE(fsm.state() == state);
      answer_row expected{state, name, state, ""};
      for (const auto& row : answers)
        if (row.state == state && row.event == std::string_view{name}) {
          expected = row;
          ++found;
        }
      CHECK(step(fsm, happened) == expected.actions);
      CHECK(fsm.state() == expected.next);
    }
  CHECK(found == std::size(answers));
}

TEST_CASE("instance: a WARM role that crashes is stopped until somebody asks for it") {
  auto fsm = after(warm(), {start_requested{}, spawned{}, became_ready{}});
  CHECK(step(fsm, killed()) == "report ready → stopped 'crashed: signal 9 (SIGKILL)'");
  CHECK(fsm.crashes() == 1);
  CHECK(fsm.restarts() == 0);
  CHECK(step(fsm, start_requested{}) == "report stopped → starting ''; spawn");
  CHECK(fsm.restarts() == 1);
  CHECK(fsm.generation() == 2);
}

TEST_CASE("instance: crashes in a row end in failed, with the count and the last log lines") {
  for (const auto& policy : {hot(), warm()}) {
    instance_fsm fsm(short_timeouts, policy);
    for (int i = 1; i < policy.limit; ++i) {
      crash_once(fsm);
      CHECK(fsm.state() == (policy.restarts ? instance_state::backoff : instance_state::stopped));
    }
    (void)fsm.step(start_requested{});
    (void)fsm.step(exited{{.code = 1, .signal = 0}, {"cannot load model", "exiting"}});
    CHECK(fsm.state() == instance_state::failed);
    CHECK(fsm.reason() ==
          "crashed: exit code 1, 5 crashes in a row; last log lines:\ncannot load model\nexiting");
  }
}

TEST_CASE("instance: having been ready long enough makes crashes forgotten") {
  auto fsm = after(hot(), {});
  for (int i = 0; i < 20; ++i) {
    crash_once(fsm);
    REQUIRE(fsm.state() == instance_state::backoff);
    for (const event& e :
         {event{start_requested{}}, event{spawned{}}, event{became_ready{}}, event{settled{}}})
      (void)fsm.step(e);
    CHECK(fsm.crashes() == 0);
  }
}

TEST_CASE("instance: a start from failed begins anew") {
  auto fsm = after(hot(), states[6].way);
  REQUIRE(fsm.state() == instance_state::failed);
  (void)fsm.step(start_requested{});
  CHECK(fsm.crashes() == 0);
  (void)fsm.step(killed());
  CHECK(fsm.state() == instance_state::backoff);
}

TEST_CASE("instance: a spawn that fails counts as a crash") {
  auto fsm = after(warm(), {start_requested{}});
  CHECK(step(fsm, spawn_failed{"cannot start /x: No such file or directory"}) ==
        "report starting → stopped 'cannot start /x: No such file or directory'");
  CHECK(fsm.crashes() == 1);
}

TEST_CASE("instance: a stalled load is a crash once its exit is confirmed, not before") {
  auto fsm = after(hot(), {start_requested{}, spawned{}, load_stalled{}});
  CHECK(fsm.crashes() == 0);
  CHECK(step(fsm, killed()) ==
        "report stopping → backoff (will restart) 'stalled: the load made no progress for 1m'; arm "
        "timer 500 ms");
  CHECK(fsm.crashes() == 1);
}

TEST_CASE("instance: a stop while a stalled load is being killed is a stop") {
  auto fsm = after(hot(), {start_requested{}, spawned{}, load_stalled{}});
  CHECK(step(fsm, stop_requested{"shutdown", 0}) == "");
  CHECK(step(fsm, killed()) == "report stopping → stopped 'shutdown'");
  CHECK(fsm.crashes() == 0);
}

TEST_CASE(
    "instance: a process that had to be killed is stopped with the grace period in the reason") {
  auto fsm =
      after(warm(), {start_requested{}, spawned{}, became_ready{}, stop_requested{"evicted", 0}});
  CHECK(step(fsm, grace_elapsed{}) == "send signal 9");
  CHECK(step(fsm, killed()) == "report stopping → stopped 'evicted; killed after 10s'");
}

TEST_CASE("instance: a start while the process is being stopped is done after its exit") {
  for (const unsigned leases : {0U, 1U}) {
    auto fsm = after(
        warm(), {start_requested{}, spawned{}, became_ready{}, stop_requested{"evicted", leases}});
    CHECK(step(fsm, start_requested{}) == "");
    if (leases > 0) (void)fsm.step(drained{});
    CHECK(step(fsm, ended()) == "report stopping → stopped 'evicted'; start again");
    CHECK(step(fsm, start_requested{}) == "report stopped → starting ''; spawn");
    (void)fsm.step(stop_requested{"idle", 0});
    CHECK(step(fsm, ended()) == "report stopping → stopped 'idle'");
  }
}

TEST_CASE("instance: a stop forgets an earlier start") {
  for (const unsigned leases : {0U, 1U}) {
    auto fsm = after(
        warm(), {start_requested{}, spawned{}, became_ready{}, stop_requested{"evicted", leases},
                 start_requested{}, stop_requested{"shutdown", leases}});
    if (leases > 0) (void)fsm.step(drained{});
    CHECK(step(fsm, ended()) == "report stopping → stopped 'evicted'");
  }
}

TEST_CASE("instance: a WARM role asked for while its stalled load is being killed starts again") {
  auto fsm = after(warm(), {start_requested{}, spawned{}, load_stalled{}, start_requested{}});
  CHECK(step(fsm, killed()) ==
        "report stopping → stopped 'stalled: the load made no progress for 1m'; start again");
}

TEST_CASE("instance: an intended stop is no crash, whatever the exit status") {
  auto fsm = after(hot(), {start_requested{}, spawned{}, became_ready{},
                           stop_requested{"operator", 0}, killed()});
  CHECK(fsm.state() == instance_state::stopped);
  CHECK(fsm.reason() == "operator");
  CHECK(fsm.crashes() == 0);
}
