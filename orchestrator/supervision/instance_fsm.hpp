#pragma once

#include "launcher/exit_reason.hpp"
#include "launcher/process.hpp"
#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rolecall::supervision {

using time_point = std::chrono::steady_clock::time_point;

/// The states of an instance: the same words in JSON, metrics, logs and documents.
enum class instance_state {
  stopped,   ///< no process; starts on request
  starting,  ///< the process loads its model
  ready,     ///< it answers, and the port is its own
  draining,  ///< it will be stopped when the requests that it serves have ended
  stopping,  ///< it was told to end; its memory counts until it has
  backoff,   ///< no process; starts again by itself
  failed,    ///< no process; given up until somebody asks for it again
};
[[nodiscard]] const char* to_string(instance_state state) noexcept;

/// Restart after a crash: exponential backoff, then failed, and after a long cool-down all of it
/// anew: a fleet that nobody looks at comes back once its trouble is over, as Kubernetes' would,
/// and until then a failure is there to be seen, as systemd's is. Pure.
struct restart_policy {
  bool restarts = false;  ///< HOT: by itself; WARM: by the next request
  std::chrono::milliseconds first_delay{500};
  std::chrono::milliseconds longest_delay{30000};
  int limit = 5;  ///< crashes in a row without having been ready for `settled`
  std::chrono::seconds settled{60};
  std::chrono::seconds cool_down{600};  ///< HOT: after so long in `failed` it is tried again

  /// Delay before restart number `crashes` (1-based): first_delay · 2^(crashes−1), at most
  /// longest_delay.
  [[nodiscard]] std::chrono::milliseconds delay(int crashes) const noexcept;
  /// Those who crashed together do not come back together: `draw`, 0 … 1, takes off up to a
  /// quarter.
  [[nodiscard]] static std::chrono::milliseconds jittered(std::chrono::milliseconds delay,
                                                          double draw) noexcept;
};

/// One change of state, as told to the controller, logs and metrics.
struct transition {
  instance_state from = instance_state::stopped;
  instance_state to = instance_state::stopped;
  std::string reason;  ///< "evicted", "idle", "operator", "crashed: signal 9 (SIGKILL)" …; with
                       ///< the last log lines behind a line break after a crash
  bool will_restart = false;   ///< in `backoff`
  bool out_of_memory = false;  ///< the kernel killed the process for its memory
  /// `stopped` for the moment: wants to be started again, if whoever divides memory agrees.
  bool wants_start = false;
  bool load_failed = false;  ///< left `starting` for no wish of anybody's

  bool operator==(const transition&) const = default;
};

// ---- events: what happened.

/// `wanted_since`: it waited for memory from then on; empty: it did not.
struct start_requested {
  std::optional<time_point> wanted_since = {};
};
/// `leases`: held after the gate was closed.
struct stop_requested {
  std::string reason;
  std::uint32_t leases = 0;
};
struct spawned {};
/// What a process that a former daemon started is taken over as.
enum class adopted_condition {
  ready,
  loading,  ///< it has not answered yet
  unfit,    ///< ours, but not what the registry wants by now: it is stopped
};
/// `generation`, `crashes` and `restarts` go on from what was recorded at its start.
struct adopted {
  adopted_condition condition = adopted_condition::loading;
  std::string reason;  ///< why it is unfit
  int generation = 1;
  int crashes = 0;
  int restarts = 0;
};
/// There is no process. `reason`: "port 8081 is taken by …", "cannot start …". `passing`: the host
/// has no process, descriptor or memory left just now; that is no fault of the instance's, and does
/// not fail it however often it happens.
struct spawn_failed {
  std::string reason;
  bool passing = false;
};
/// What `/props` tells of the model that is served; empty: it does not tell.
struct served_model {
  std::optional<std::string> path;
  std::optional<int> slots;
  std::optional<int> context;  ///< of one slot

  bool operator==(const served_model&) const = default;
};
/// `/health` says 200, and it is our child that says it.
struct became_ready {
  served_model served = {};
};
/// The load made no progress for timeouts.ready_stall.
struct load_stalled {};
/// Somebody else answers on the port. `owner`: "port 8081 is taken by pid 1234 (nginx)".
struct port_stolen {
  std::string owner;
};
/// It neither answers nor works. `evidence`: "no answer to /health for 1m, 0.0 s of CPU time …".
struct wedged {
  std::string evidence;
};
/// The exit is confirmed: the process is gone, its memory is free. `last_lines`: of its log. `why`:
/// what they and the kernel tell; without text the status must do.
struct exited {
  launcher::exit_status status;
  std::vector<std::string> last_lines;
  launcher::exit_reason why = {};
};
/// It can never be started with what it is known to need.
struct given_up {
  std::string reason;
};
/// The last lease was given back.
struct drained {};
struct drain_elapsed {};
struct grace_elapsed {};
struct backoff_elapsed {};
struct cool_down_elapsed {};
/// Ready for so long that earlier crashes do not count any more.
struct settled {};

using event =
    std::variant<start_requested, stop_requested, adopted, spawned, spawn_failed, became_ready,
                 load_stalled, port_stolen, exited, drained, drain_elapsed, grace_elapsed,
                 backoff_elapsed, cool_down_elapsed, wedged, given_up, settled>;

// ---- actions: what to do about it, in this order.

/// Tell of a change of state. Watches and the timer of the state that was left end with it.
struct report {
  transition change;
  bool operator==(const report&) const = default;
};
/// Start the process; the outcome is `spawned` or `spawn_failed`.
struct spawn {
  bool operator==(const spawn&) const = default;
};
/// Look for readiness, a stranger on the port, and a load that stalls.
struct watch_load {
  bool operator==(const watch_load&) const = default;
};
/// Tell when no lease is held any more.
struct watch_leases {
  bool operator==(const watch_leases&) const = default;
};
/// Signal the process group.
struct send_signal {
  int signal = 0;
  bool operator==(const send_signal&) const = default;
};
/// The one timer of the present state. Its event follows from the state: draining → drain_elapsed,
/// stopping → grace_elapsed, backoff → backoff_elapsed, failed → cool_down_elapsed, ready →
/// settled.
struct arm_timer {
  std::chrono::milliseconds delay{0};
  bool operator==(const arm_timer&) const = default;
};
/// A start was requested while the process was being stopped: request it again.
struct start_again {
  bool operator==(const start_again&) const = default;
};

using action =
    std::variant<report, spawn, watch_load, watch_leases, send_signal, arm_timer, start_again>;
std::ostream& operator<<(std::ostream& out, const action& a);

/// How one instance lives: pure decisions, one process at a time. Every (state, event) pair is
/// answered, "nothing" included. Owned by the instance's supervisor, which carries the actions out.
class instance_fsm {
 public:
  instance_fsm(registry::timeouts timeouts, restart_policy policy) noexcept
      : timeouts_(timeouts), policy_(policy) {}

  /// From now on; a timer that is armed keeps its time.
  void use(registry::timeouts timeouts, restart_policy policy) noexcept {
    timeouts_ = timeouts;
    policy_ = policy;
  }
  /// Another has counted so many starts before the first of this one.
  void count_from(int generation) noexcept { generation_ = generation; }

  /// The one transition function.
  [[nodiscard]] std::vector<action> step(const event& e);

  [[nodiscard]] instance_state state() const noexcept { return state_; }
  /// Why it is in this state; empty when there is nothing to say.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  /// In a row, without having been ready for restart_policy::settled.
  [[nodiscard]] int crashes() const noexcept { return crashes_; }
  /// Starts that followed a crash, by themselves or by a request.
  [[nodiscard]] int restarts() const noexcept { return restarts_; }
  /// Counts starts, 1-based; 0 before the first.
  [[nodiscard]] int generation() const noexcept { return generation_; }

 private:
  using actions = std::vector<action>;

  [[nodiscard]] actions when_stopped(const event& e);
  [[nodiscard]] actions when_starting(const event& e);
  [[nodiscard]] actions when_ready(const event& e);
  [[nodiscard]] actions when_draining(const event& e);
  [[nodiscard]] actions when_stopping(const event& e);
  [[nodiscard]] actions when_backoff(const event& e);
  [[nodiscard]] actions when_failed(const event& e);

  [[nodiscard]] action enter(instance_state next, std::string reason);
  [[nodiscard]] actions start(std::string reason);
  [[nodiscard]] actions take_over(const adopted& found);
  [[nodiscard]] actions stop(std::string reason, int signal);
  [[nodiscard]] actions give_up_process(std::string reason, int signal);
  [[nodiscard]] actions crash(const exited& exit);
  [[nodiscard]] actions crash(std::string reason, const std::vector<std::string>& last_lines);
  [[nodiscard]] actions fail(std::string reason);
  [[nodiscard]] actions ask_for_start();
  [[nodiscard]] actions come_to_rest(const std::vector<std::string>& last_lines);

  registry::timeouts timeouts_;
  restart_policy policy_;
  instance_state state_ = instance_state::stopped;
  std::string reason_;
  int crashes_ = 0;
  int restarts_ = 0;
  int generation_ = 0;
  bool ends_as_crash_ = false;  // stopping because it was given up, not because anybody asked
  bool asks_to_start_ = false;  // in backoff after a kill for memory: what it needs has grown
  bool start_again_ = false;    // asked for while draining or stopping
};

}  // namespace rolecall::supervision
