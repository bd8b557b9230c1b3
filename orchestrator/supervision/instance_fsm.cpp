#include "orchestrator/supervision/instance_fsm.hpp"

#include "registry/quantities.hpp"

#include <algorithm>
#include <concepts>
#include <ostream>
#include <utility>

#include <signal.h>

namespace rolecall::supervision {
namespace {

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

/// Events that a state answers with nothing. They are listed one by one: a new event does not
/// compile until every state has said what it does about it.
template <class Event, class... Ignored>
concept one_of = (std::same_as<Event, Ignored> || ...);

using actions = std::vector<action>;

std::string in_words(const exited& exit) {
  return exit.why.text.empty() ? to_string(exit.status) : exit.why.text;
}

/// The end of a load, which they report.
actions of_failed_load(actions list) {
  std::get<report>(list.front()).change.load_failed = true;
  return list;
}

}  // namespace

const char* to_string(instance_state state) noexcept {
  switch (state) {
    case instance_state::stopped:
      return "stopped";
    case instance_state::starting:
      return "starting";
    case instance_state::ready:
      return "ready";
    case instance_state::draining:
      return "draining";
    case instance_state::stopping:
      return "stopping";
    case instance_state::backoff:
      return "backoff";
    case instance_state::failed:
      return "failed";
  }
  return "";
}

std::chrono::milliseconds restart_policy::delay(int crashes) const noexcept {
  auto delay = first_delay;
  for (int i = 1; i < crashes && delay < longest_delay; ++i) delay *= 2;
  return std::min(delay, longest_delay);
}

std::chrono::milliseconds restart_policy::jittered(std::chrono::milliseconds delay,
                                                   double draw) noexcept {
  constexpr double most = 0.25;
  return delay - std::chrono::duration_cast<std::chrono::milliseconds>(
                     most * std::clamp(draw, 0.0, 1.0) * delay);
}

std::ostream& operator<<(std::ostream& out, const action& a) {
  std::visit(overloaded{
                 [&](const report& r) {
                   out << "report " << to_string(r.change.from) << " → " << to_string(r.change.to)
                       << (r.change.will_restart ? " (will restart)" : "")
                       << (r.change.out_of_memory ? " (out of memory)" : "")
                       << (r.change.wants_start ? " (wants to start)" : "")
                       << (r.change.load_failed ? " (load failed)" : "") << " '" << r.change.reason
                       << '\'';
                 },
                 [&](const spawn&) { out << "spawn"; },
                 [&](const watch_load&) { out << "watch load"; },
                 [&](const watch_leases&) { out << "watch leases"; },
                 [&](const send_signal& s) { out << "send signal " << s.signal; },
                 [&](const arm_timer& t) { out << "arm timer " << t.delay.count() << " ms"; },
                 [&](const start_again&) { out << "start again"; },
             },
             a);
  return out;
}

//   A process that a former daemon left begins in starting, ready or stopping.
//
//            start              /health 200, ours         stop, leases held
//   stopped ────────▶ starting ──────────────────▶ ready ──────────────────▶ draining
//                        │                           │                          │ drained,
//                        │ stop; stalled; stranger   │ stop; wedged              │ time over
//                        └───────────────────────────┴─────────────┬────────────┘
//                                                                  ▼
//   stopped ◀──────────────── exit, as asked ────────────────── stopping ──┐
//                                                                  ▲       │ grace over: KILL
//                                                                  └───────┘
//   Exit of starting or ready, and of stopping after stalled, stranger or wedged, is a crash:
//
//             ┌─ WARM ──▶ stopped
//     crash ──┼─ HOT ───▶ backoff ── backoff over; start ──▶ starting
//             │              ├────── backoff over, killed for memory ──▶ stopped, wants to start
//             │              └────── stop ──▶ stopped
//             └─ limit ─▶ failed ─── start ──▶ starting, crashes forgotten
//                            └────── HOT, cool-down over ──▶ stopped, wants to start
//   What never fits goes from stopped and backoff to failed.
//
// Each function below is one row of the (state, event) table.
actions instance_fsm::step(const event& e) {
  switch (state_) {
    case instance_state::stopped:
      return when_stopped(e);
    case instance_state::starting:
      return when_starting(e);
    case instance_state::ready:
      return when_ready(e);
    case instance_state::draining:
      return when_draining(e);
    case instance_state::stopping:
      return when_stopping(e);
    case instance_state::backoff:
      return when_backoff(e);
    case instance_state::failed:
      return when_failed(e);
  }
  return {};
}

actions instance_fsm::when_stopped(const event& e) {
  return std::visit(overloaded{
                        [this](const start_requested&) { return start({}); },
                        [this](const adopted& found) { return take_over(found); },
                        [this](const given_up& verdict) { return fail(verdict.reason); },
                        []<one_of<cool_down_elapsed, wedged, stop_requested, spawned, spawn_failed,
                                  became_ready, load_stalled, port_stolen, exited, drained,
                                  drain_elapsed, grace_elapsed, backoff_elapsed, settled>
                               Event>(const Event&) { return actions{}; },
                    },
                    e);
}

actions instance_fsm::when_starting(const event& e) {
  return std::visit(
      overloaded{
          [](const spawned&) { return actions{watch_load{}}; },
          [this](const spawn_failed& failure) {
            // One below the limit at most: it is tried again for as long as the host is short.
            if (failure.passing) crashes_ = std::min(crashes_, policy_.limit - 2);
            return of_failed_load(crash(failure.reason, {}));
          },
          [this](const became_ready&) {
            return actions{enter(instance_state::ready, {}), arm_timer{policy_.settled}};
          },
          [this](const load_stalled&) {
            return of_failed_load(
                give_up_process("stalled: the load made no progress for " +
                                    registry::format_duration(timeouts_.ready_stall),
                                SIGKILL));
          },
          [this](const port_stolen& theft) {
            return of_failed_load(give_up_process(theft.owner, SIGKILL));
          },
          [this](const exited& exit) { return of_failed_load(crash(exit)); },
          [this](const stop_requested& stop_it) { return stop(stop_it.reason, SIGTERM); },
          []<one_of<cool_down_elapsed, wedged, given_up, adopted, start_requested, drained,
                    drain_elapsed, grace_elapsed, backoff_elapsed, settled>
                 Event>(const Event&) { return actions{}; },
      },
      e);
}

actions instance_fsm::when_ready(const event& e) {
  return std::visit(
      overloaded{
          [this](const stop_requested& stop_it) {
            if (stop_it.leases == 0) return stop(stop_it.reason, SIGTERM);
            return actions{enter(instance_state::draining, stop_it.reason), watch_leases{},
                           arm_timer{timeouts_.drain}};
          },
          [this](const exited& exit) { return crash(exit); },
          [this](const wedged& it) { return give_up_process("wedged: " + it.evidence, SIGTERM); },
          [this](const settled&) {
            crashes_ = 0;
            return actions{};
          },
          []<one_of<cool_down_elapsed, given_up, adopted, start_requested, spawned, spawn_failed,
                    became_ready, load_stalled, port_stolen, drained, drain_elapsed, grace_elapsed,
                    backoff_elapsed>
                 Event>(const Event&) { return actions{}; },
      },
      e);
}

actions instance_fsm::when_draining(const event& e) {
  return std::visit(overloaded{
                        [this](const drained&) { return stop(reason_, SIGTERM); },
                        [this](const drain_elapsed&) { return stop(reason_, SIGTERM); },
                        [this](const exited& exit) {
                          reason_ += "; crashed while draining: " + in_words(exit);
                          return come_to_rest(exit.last_lines);
                        },
                        [this](const start_requested&) {
                          start_again_ = true;
                          return actions{};
                        },
                        [this](const stop_requested&) {
                          start_again_ = false;
                          return actions{};
                        },
                        []<one_of<cool_down_elapsed, wedged, given_up, adopted, spawned,
                                  spawn_failed, became_ready, load_stalled, port_stolen,
                                  grace_elapsed, backoff_elapsed, settled>
                               Event>(const Event&) { return actions{}; },
                    },
                    e);
}

actions instance_fsm::when_stopping(const event& e) {
  return std::visit(
      overloaded{
          [this](const exited& exit) { return come_to_rest(exit.last_lines); },
          // Stopped before the outcome of its start was known: there is no exit to wait for.
          [this](const spawn_failed&) { return come_to_rest({}); },
          [this](const grace_elapsed&) {
            reason_ += "; killed after " + registry::format_duration(timeouts_.stop);
            return actions{send_signal{SIGKILL}};
          },
          [this](const start_requested&) {
            start_again_ = true;
            return actions{};
          },
          [this](const stop_requested& stop_it) {
            start_again_ = false;
            if (std::exchange(ends_as_crash_, false)) reason_ = stop_it.reason;
            return actions{};
          },
          []<one_of<cool_down_elapsed, wedged, given_up, adopted, spawned, became_ready,
                    load_stalled, port_stolen, drained, drain_elapsed, backoff_elapsed, settled>
                 Event>(const Event&) { return actions{}; },
      },
      e);
}

actions instance_fsm::when_backoff(const event& e) {
  return std::visit(overloaded{
                        [this](const backoff_elapsed&) {
                          return asks_to_start_ ? ask_for_start() : start(reason_);
                        },
                        [this](const given_up& verdict) { return fail(verdict.reason); },
                        [this](const start_requested&) { return start(reason_); },
                        [this](const stop_requested& stop_it) {
                          return actions{enter(instance_state::stopped, stop_it.reason)};
                        },
                        []<one_of<cool_down_elapsed, wedged, adopted, spawned, spawn_failed,
                                  became_ready, load_stalled, port_stolen, exited, drained,
                                  drain_elapsed, grace_elapsed, settled>
                               Event>(const Event&) { return actions{}; },
                    },
                    e);
}

actions instance_fsm::when_failed(const event& e) {
  return std::visit(overloaded{
                        [this](const start_requested&) {
                          crashes_ = 0;
                          return start({});
                        },
                        [this](const cool_down_elapsed&) {
                          crashes_ = 0;
                          return ask_for_start();
                        },
                        []<one_of<adopted, stop_requested, spawned, spawn_failed, became_ready,
                                  load_stalled, port_stolen, exited, drained, drain_elapsed,
                                  grace_elapsed, backoff_elapsed, wedged, given_up, settled>
                               Event>(const Event&) { return actions{}; },
                    },
                    e);
}

action instance_fsm::enter(instance_state next, std::string reason) {
  const auto from = std::exchange(state_, next);
  reason_ = std::move(reason);
  return report{{from, next, reason_, next == instance_state::backoff}};
}

actions instance_fsm::start(std::string reason) {
  ++generation_;
  if (crashes_ > 0) ++restarts_;
  asks_to_start_ = false;
  return {enter(instance_state::starting, std::move(reason)), spawn{}};
}

actions instance_fsm::take_over(const adopted& found) {
  generation_ = found.generation;
  crashes_ = found.crashes;
  restarts_ = found.restarts;
  switch (found.condition) {
    case adopted_condition::ready:
      return {enter(instance_state::ready, "adopted"), arm_timer{policy_.settled}};
    case adopted_condition::loading:
      return {enter(instance_state::starting, "adopted"), watch_load{}};
    case adopted_condition::unfit:
      return stop(found.reason, SIGTERM);
  }
  return {};
}

// After TERM the process may take the grace period; KILL leaves nothing to wait for but its exit.
actions instance_fsm::stop(std::string reason, int signal) {
  actions list{enter(instance_state::stopping, std::move(reason)), send_signal{signal}};
  if (signal != SIGKILL) list.emplace_back(arm_timer{timeouts_.stop});
  return list;
}

actions instance_fsm::give_up_process(std::string reason, int signal) {
  ends_as_crash_ = true;
  return stop(std::move(reason), signal);
}

actions instance_fsm::crash(const exited& exit) {
  auto list = crash("crashed: " + in_words(exit), exit.last_lines);
  if (exit.why.kind != launcher::exit_kind::out_of_memory) return list;
  asks_to_start_ = state_ == instance_state::backoff;
  std::get<report>(list.front()).change.out_of_memory = true;
  return list;
}

actions instance_fsm::crash(std::string reason, const std::vector<std::string>& last_lines) {
  ++crashes_;
  const bool is_last = crashes_ >= policy_.limit;
  if (is_last && crashes_ > 1) reason += ", " + std::to_string(crashes_) + " crashes in a row";
  if (!last_lines.empty()) reason += "\nlast log lines:";
  for (const auto& line : last_lines) reason += "\n" + line;
  if (is_last) {
    start_again_ = false;
    return fail(std::move(reason));
  }
  if (policy_.restarts) {
    start_again_ = false;
    return {enter(instance_state::backoff, std::move(reason)), arm_timer{policy_.delay(crashes_)}};
  }
  actions list{enter(instance_state::stopped, std::move(reason))};
  if (std::exchange(start_again_, false)) list.emplace_back(start_again{});
  return list;
}

actions instance_fsm::fail(std::string reason) {
  actions list{enter(instance_state::failed, std::move(reason))};
  if (policy_.restarts) list.emplace_back(arm_timer{policy_.cool_down});
  return list;
}

// The reservation ends with the pause: whoever divides memory looks at what is needed by now.
actions instance_fsm::ask_for_start() {
  asks_to_start_ = false;
  auto asked = enter(instance_state::stopped, reason_);
  std::get<report>(asked).change.wants_start = true;
  return {std::move(asked)};
}

actions instance_fsm::come_to_rest(const std::vector<std::string>& last_lines) {
  if (std::exchange(ends_as_crash_, false)) return crash(reason_, last_lines);
  actions list{enter(instance_state::stopped, reason_)};
  if (std::exchange(start_again_, false)) list.emplace_back(start_again{});
  return list;
}

}  // namespace rolecall::supervision
