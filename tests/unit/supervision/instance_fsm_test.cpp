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

const std::array<std::pair<const char*, event>, 20> events{{
    {"start", start_requested{}},
    {"stop, idle", stop_requested{"operator", 0}},
    {"stop, busy", stop_requested{"operator", 2}},
    {"adopted, ready", adopted{adopted_condition::ready, {}, 3, 0, 1}},
    {"adopted, loading", adopted{adopted_condition::loading, {}, 3, 0, 1}},
    {"adopted, unfit", adopted{adopted_condition::unfit, "changed: its environment", 3, 0, 1}},
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
    {"cool-down elapsed", cool_down_elapsed{}},
    {"wedged", wedged{"no answer to /health for 1m, 0.0 s of CPU time, no bytes for 2m"}},
    {"given up", given_up{"it needs 3 GiB, but the budget is 2 GiB"}},
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
    {instance_state::stopped, "adopted, ready", instance_state::ready,
     "report stopped → ready 'adopted'; arm timer 60000 ms"},
    {instance_state::stopped, "adopted, loading", instance_state::starting,
     "report stopped → starting 'adopted'; watch load"},
    {instance_state::stopped, "adopted, unfit", instance_state::stopping,
     "report stopped → stopping 'changed: its environment'; send signal 15; arm timer 10000 ms"},
    {instance_state::stopped, "given up", instance_state::failed,
     "report stopped → failed 'it needs 3 GiB, but the budget is 2 GiB'; arm timer 600000 ms"},

    {instance_state::starting, "spawned", instance_state::starting, "watch load"},
    {instance_state::starting, "spawn failed", instance_state::backoff,
     "report starting → backoff (will restart) (load failed) 'port 8081 is taken by pid 7 "
     "(nginx)'; arm timer "
     "500 ms"},
    {instance_state::starting, "ready", instance_state::ready,
     "report starting → ready ''; arm timer 60000 ms"},
    {instance_state::starting, "stalled", instance_state::stopping,
     "report starting → stopping (load failed) 'stalled: the load made no progress for 1m'; send "
     "signal 9"},
    {instance_state::starting, "stolen", instance_state::stopping,
     "report starting → stopping (load failed) 'port 8081 is taken by pid 7 (nginx)'; send signal "
     "9"},
    {instance_state::starting, "exited", instance_state::backoff,
     "report starting → backoff (will restart) (load failed) 'crashed: signal 9 (SIGKILL)'; arm "
     "timer 500 ms"},
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
    {instance_state::ready, "wedged", instance_state::stopping,
     "report ready → stopping 'wedged: no answer to /health for 1m, 0.0 s of CPU time, no bytes "
     "for "
     "2m'; send signal 15; arm timer 10000 ms"},

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
    {instance_state::backoff, "given up", instance_state::failed,
     "report backoff → failed 'it needs 3 GiB, but the budget is 2 GiB'; arm timer 600000 ms"},

    {instance_state::failed, "cool-down elapsed", instance_state::stopped,
     "report failed → stopped (wants to start) 'crashed: signal 9 (SIGKILL), 5 crashes in a row'"},
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
          "crashed: exit code 1, 5 crashes in a row\nlast log lines:\ncannot load model\nexiting");
  }
}

TEST_CASE("instance: the last log lines stand behind the reason of every crash") {
  for (const auto& policy : {hot(), warm()}) {
    auto fsm = after(policy, {start_requested{}, spawned{}});
    (void)fsm.step(exited{{.code = 1, .signal = 0}, {"cannot load model", "exiting"}});
    CHECK(fsm.state() == (policy.restarts ? instance_state::backoff : instance_state::stopped));
    CHECK(fsm.reason() == "crashed: exit code 1\nlast log lines:\ncannot load model\nexiting");
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
        "report starting → stopped (load failed) 'cannot start /x: No such file or directory'");
  CHECK(fsm.crashes() == 1);
}

TEST_CASE("instance: a load that fails is told once, whatever came of it") {
  for (const auto& failure : std::vector<std::vector<event>>{
           {spawn_failed{"port 8081 is taken by pid 7 (nginx)"}},
           {spawned{}, killed()},
           {spawned{}, load_stalled{}, killed()},
           {spawned{}, port_stolen{"port 8081 is taken by pid 7 (nginx)"}, killed()},
           {spawned{}, load_stalled{}, stop_requested{"operator", 0}, killed()}})
    for (const auto& policy : {hot(), warm()}) {
      auto fsm = after(policy, {start_requested{}});
      int told = 0;
      for (const auto& e : failure)
        for (const auto& decided : fsm.step(e))
          if (const auto* it = std::get_if<report>(&decided); it && it->change.load_failed) ++told;
      CHECK(told == 1);
    }
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

TEST_CASE("instance: a wedged process that ignores TERM is killed, and has crashed") {
  auto fsm = after(
      hot(), {start_requested{}, spawned{}, became_ready{}, wedged{"no answer to /health for 1m"}});
  CHECK(step(fsm, grace_elapsed{}) == "send signal 9");
  CHECK(
      step(fsm, killed()) ==
      "report stopping → backoff (will restart) 'wedged: no answer to /health for 1m; killed after "
      "10s'; arm timer 500 ms");
  CHECK(fsm.crashes() == 1);
}

TEST_CASE("instance: the reason of an exit is told instead of its status where it is known") {
  auto fsm = after(hot(), {start_requested{}, spawned{}});
  CHECK(step(fsm, exited{{.code = 1},
                         {},
                         {launcher::exit_kind::bad_flag, "bad flag: --x (exit code 1)"}}) ==
        "report starting → backoff (will restart) (load failed) 'crashed: bad flag: --x (exit code "
        "1)'; arm timer "
        "500 ms");
}

TEST_CASE("instance: a HOT role that was killed for its memory asks before it starts again") {
  const exited oom{{.signal = SIGKILL},
                   {},
                   {launcher::exit_kind::out_of_memory, "out of memory: told by the kernel"}};
  auto fsm = after(hot(), {start_requested{}, spawned{}, became_ready{}});
  CHECK(
      step(fsm, oom) ==
      "report ready → backoff (will restart) (out of memory) 'crashed: out of memory: told by the "
      "kernel'; arm timer 500 ms");
  CHECK(step(fsm, backoff_elapsed{}) ==
        "report backoff → stopped (wants to start) 'crashed: out of memory: told by the kernel'");
  CHECK(step(fsm, start_requested{}) == "report stopped → starting ''; spawn");
  CHECK(fsm.restarts() == 1);
  CHECK(step(fsm, killed()) ==
        "report starting → backoff (will restart) (load failed) 'crashed: signal 9 (SIGKILL)'; arm "
        "timer 1000 ms");
  CHECK(step(fsm, backoff_elapsed{}) ==
        "report backoff → starting 'crashed: signal 9 (SIGKILL)'; spawn");
}

TEST_CASE("instance: a host without a process to spare fails nobody, however long") {
  auto fsm = after(hot(), {start_requested{}});
  for (int i = 0; i < 50; ++i) {
    (void)fsm.step(spawn_failed{"cannot start /x: Resource temporarily unavailable", true});
    REQUIRE(fsm.state() == instance_state::backoff);
    (void)fsm.step(backoff_elapsed{});
  }
  CHECK(fsm.state() == instance_state::starting);
  auto asked = after(warm(), {start_requested{}});
  for (int i = 0; i < 50; ++i) {
    (void)asked.step(spawn_failed{"cannot start /x: Resource temporarily unavailable", true});
    REQUIRE(asked.state() == instance_state::stopped);
    (void)asked.step(start_requested{});
  }
}

TEST_CASE("instance: a failed WARM role waits for a request, a HOT one cools down") {
  auto fsm = after(warm(), {});
  for (int i = 0; i < 5; ++i) crash_once(fsm);
  REQUIRE(fsm.state() == instance_state::failed);
  auto one = after({.restarts = false, .limit = 1}, {start_requested{}, spawned{}});
  CHECK(step(one, killed()) ==
        "report starting → failed (load failed) 'crashed: signal 9 (SIGKILL)'");
  auto other = after({.restarts = true, .limit = 1}, {start_requested{}, spawned{}});
  CHECK(
      step(other, killed()) ==
      "report starting → failed (load failed) 'crashed: signal 9 (SIGKILL)'; arm timer 600000 ms");
}

TEST_CASE("instance: an adopted process goes on counting where the daemon before it ended") {
  instance_fsm fsm(short_timeouts, hot());
  (void)fsm.step(adopted{adopted_condition::loading, {}, 7, 2, 4});
  CHECK(fsm.generation() == 7);
  CHECK(fsm.crashes() == 2);
  CHECK(fsm.restarts() == 4);
  (void)fsm.step(killed());
  CHECK(fsm.crashes() == 3);
  (void)fsm.step(backoff_elapsed{});
  CHECK(fsm.generation() == 8);
  CHECK(fsm.restarts() == 5);
}

TEST_CASE("instance: an adopted process that is unfit is stopped as asked, and no crash") {
  instance_fsm fsm(short_timeouts, hot());
  (void)fsm.step(adopted{adopted_condition::unfit, "changed: its environment", 7, 1, 4});
  CHECK(step(fsm, ended()) == "report stopping → stopped 'changed: its environment'");
  CHECK(fsm.crashes() == 1);
}
