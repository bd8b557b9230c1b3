#pragma once

#include "orchestrator/residency/action.hpp"
#include "orchestrator/residency/event.hpp"
#include "orchestrator/residency/ledger.hpp"
#include "orchestrator/residency/load_plan.hpp"
#include "orchestrator/residency/queue_pace.hpp"
#include "orchestrator/residency/room.hpp"
#include "orchestrator/residency/waiting_list.hpp"

#include <optional>
#include <vector>

namespace rolecall::residency {

/// Who lives in RAM: budget, reservations, waiters, order of eviction. Pure: no clock, no socket,
/// no pid; the same events give the same actions. Owned by the controller, lives on the control
/// thread. Requests to a role whose gate lets them in never come here.
class planner {
 public:
  /// Throws std::invalid_argument for a catalogue that checked() refuses.
  explicit planner(catalogue known);
  planner(const planner&) = delete;  // the ledger's holdings point into it
  planner& operator=(const planner&) = delete;

  /// The one transition function. `use` is indexed by instance_id.
  [[nodiscard]] std::vector<action> step(const event& e, time_point now,
                                         const std::vector<activity>& use);

  /// HOT roles, in registry order, as far as the budget goes: the first actions of a fleet. Those
  /// for which there is no room yet, because WARM roles were adopted, a process still holds the
  /// port or the host has no memory, are demanded.
  [[nodiscard]] std::vector<action> launch(time_point now, const std::vector<activity>& use);
  /// Another catalogue. Ids keep their meaning: `next` holds every role and instance so far at its
  /// place, with those that are gone marked as retired, and new ones behind them; a new instance
  /// may also take the place of a retired one that is not reserved. Rows, pins, demands, waiters
  /// and what is remembered stay. Retired instances close and stop when their leases have ended,
  /// with `force` at once (supervision drains them for its time); waiters of retired roles are
  /// refused; HOT instances that are new, or whose role was not HOT, are demanded, and those of a
  /// pinned role that was in memory or about to be. Throws std::invalid_argument for a catalogue
  /// that does not continue the present one.
  [[nodiscard]] std::vector<action> reconfigure(catalogue next, time_point now,
                                                const std::vector<activity>& use, bool force);
  /// Stops everything, refuses every waiter and whoever comes later.
  [[nodiscard]] std::vector<action> shut_down(time_point now);
  /// Refuses every waiter and whoever comes later, and leaves the processes to the next daemon.
  [[nodiscard]] std::vector<action> leave(time_point now);

  /// The next moment at which a tick would do something; after the `now` of the last step.
  [[nodiscard]] std::optional<time_point> next_tick(const std::vector<activity>& use) const;

  /// Why not one instance of the role could be loaded even if every WARM role left. Pins pass and
  /// do not count.
  [[nodiscard]] std::optional<refusal> never_fits(role_id role) const;

  /// What operator_load would do now, without doing anything.
  [[nodiscard]] load_plan plan_load(role_id role, time_point now,
                                    const std::vector<activity>& use) const;

  [[nodiscard]] byte_count budget() const noexcept { return ledger_.budget(); }
  [[nodiscard]] byte_count reserved() const noexcept { return ledger_.reserved(); }
  [[nodiscard]] const residency_row& row(instance_id instance) const {
    return ledger_.row(instance);
  }
  /// Has no process, and gets one when there is room.
  [[nodiscard]] bool is_demanded(instance_id instance) const noexcept {
    return demands_[instance].has_value();
  }
  /// Since when somebody waits for its memory; empty when nobody does, or when its role is up and
  /// it is wanted for memory that nobody needs.
  [[nodiscard]] std::optional<time_point> wanted_since(instance_id instance) const noexcept {
    const auto& wanted = demands_[instance];
    return wanted && !wanted->spare ? std::optional{wanted->since} : std::nullopt;
  }
  [[nodiscard]] std::size_t waiting(role_id role) const noexcept { return waiting_.count(role); }
  [[nodiscard]] std::size_t waiting(role_id role, request_priority priority) const noexcept {
    return waiting_.count(role, priority);
  }
  /// waiting_list::before().
  [[nodiscard]] std::optional<std::size_t> waiting_before(waiter_id waiter) const noexcept {
    return waiting_.before(waiter);
  }
  /// Somebody waits whom the instance may serve: its gate's queue is to be announced, or dissolved.
  [[nodiscard]] bool is_waited_for(instance_id instance) const noexcept;
  /// How long a request for the role that came now would wait, as far as can be told: what is left
  /// of the load, and the queue at its pace. 1 … 600 s.
  [[nodiscard]] std::chrono::seconds expected_wait(role_id role, time_point now) const;
  /// With the footprints of now.
  [[nodiscard]] const catalogue& known() const noexcept { return known_; }

 private:
  /// Somebody wants an instance that has no process.
  struct demand {
    time_point since{};
    bool by_operator = false;
    bool spare = false;  ///< more of a role that is up: for memory that nobody holds
  };
  using demands = std::vector<std::optional<demand>>;  // by instance_id
  /// What is remembered of an instance beside its row.
  struct instance_notes {
    time_point started_at{};
    time_point ready_since{};
    std::optional<std::chrono::duration<double>> load_time;  ///< of its last load
    time_point failed_at{};
    std::string failure;     ///< why its process ended last
    bool adopted = false;    ///< its load began before this daemon: how long it takes is not known
    bool watched = false;    ///< instance_idle was asked for and has not come yet
    bool unloading = false;  ///< closing or stopping because an operator or the registry said so
    bool evicted_closed =
        false;  ///< stopping: where eviction_failed leads back to, closing or ready
  };
  /// One step: what it sees and what comes out of it.
  struct scene {
    time_point now;
    std::vector<activity> use;  ///< leases granted and gates opened in this step included
    std::vector<std::size_t> slots_granted;  ///< in this step, by role_id of the serving role
    std::vector<action> out;
  };

  void on(const lease_requested& e, scene& s);
  void on(const grants_missed& e, scene& s);
  void on(const waiter_withdrawn& e, scene& s);
  void on(const instance_adopted& e, scene& s);
  void on(const instance_became_ready& e, scene& s);
  void on(const instance_exited& e, scene& s);
  void on(const instance_restarting& e, scene& s);
  void on(const instance_wanted& e, scene& s);
  void on(const instance_idle& e, scene& s);
  void on(const slot_freed& e, scene& s);
  void on(const eviction_failed& e, scene& s);
  void on(const operator_load& e, scene& s);
  void on(const operator_unload& e, scene& s);
  void on(const operator_pin& e, scene& s);
  void on(const footprint_changed& e, scene& s);
  void on(const host_memory& e, scene& s);
  void on(const tick& e, scene& s);

  // settlement.cpp: what follows from the state, whatever the event was.
  void settle(scene& s);
  void stop_unloaded(scene& s);
  void unload_idle(scene& s);
  void renew_demands(scene& s);
  void renew_demands_of(role_id serving, scene& s);
  [[nodiscard]] std::vector<instance_id> provide_room(scene& s);
  void carry_out(const room_decision& d, scene& s);
  void take_turns(const room_decision& d, scene& s);
  void watch_busy(const std::vector<candidate>& list, scene& s);
  void reopen_unless(const std::vector<instance_id>& promised, scene& s);

  // queueing.cpp: who waits, who is next, and who waits no longer.
  void add_waiter(const lease_requested& asked, time_point since);
  bool displace_background(const lease_requested& e, scene& s);
  void grant_waiters(scene& s);
  void refuse_expired(scene& s);
  void refuse_vain_waiters(scene& s);
  void measure_paces(scene& s);
  [[nodiscard]] std::chrono::duration<double> remaining_load(role_id serving, time_point now) const;
  /// Open and ready, with room for such a lease, and the least leases; the lower id among equals.
  [[nodiscard]] std::optional<instance_id> best_ready(role_id serving, lease_kind kind,
                                                      const scene& s) const;

  // pressure.cpp: less memory than was planned with.
  void relieve_budget(scene& s);
  void let_go(byte_count allowed, stop_reason reason, const std::string& why, scene& s);

  // reconfiguration.cpp: the registry has changed.
  void refuse_removed_waiters(scene& s);
  void demand_new_instances(const catalogue& before, const std::vector<bool>& is_new,
                            time_point now);
  /// A process of before the reload still holds its port.
  [[nodiscard]] bool awaits_exit(instance_id instance) const;
  [[nodiscard]] stop_reason unload_reason(instance_id instance) const;

  // candidates.cpp: among whom memory is divided.
  void demand_by_operator(demands& list, role_id role, time_point now) const;
  [[nodiscard]] std::vector<need> needs(const demands& list) const;
  [[nodiscard]] std::vector<candidate> candidates(time_point now,
                                                  const std::vector<activity>& use) const;
  [[nodiscard]] double worth(instance_id instance, time_point now, time_point last_used) const;
  [[nodiscard]] bool is_movable(instance_id instance) const;
  [[nodiscard]] bool is_affordable(instance_id instance) const;
  [[nodiscard]] time_point last_used(instance_id instance, const std::vector<activity>& use) const;

  [[nodiscard]] load_plan plan_missing(role_id role, const std::vector<activity>& use) const;
  [[nodiscard]] std::string eviction_detail(const room_decision& d, const candidate& victim,
                                            const scene& s) const;

  void start_instance(instance_id instance, time_point now, std::vector<action>& out);
  void evict_instance(evict decided, scene& s);
  void stop_instance(instance_id instance, stop_reason reason, std::vector<action>& out);
  void unload_instance(instance_id instance, bool force, scene& s);
  void process_gone(const instance_exited& e, scene& s);

  /// An instance of the role is ready or on its way to be.
  [[nodiscard]] bool is_up(role_id serving) const;
  [[nodiscard]] bool any_in(role_id serving, presence state) const;
  [[nodiscard]] bool holds_memory(role_id serving) const;
  /// Why nobody need wait for the role: nothing of it is in memory, and nothing can be loaded.
  [[nodiscard]] std::optional<refusal> refuse_vain(role_id role, time_point now) const;
  /// The failure for which requests are refused at present; nullptr: a load may be tried.
  [[nodiscard]] const instance_notes* cooling_down(role_id serving, time_point now) const;
  [[nodiscard]] std::optional<std::chrono::seconds> idle_unload(instance_id instance) const;
  [[nodiscard]] std::string obstacle(role_id serving, const std::vector<activity>& use) const;
  [[nodiscard]] std::string obstacle_at_gates(role_id serving,
                                              const std::vector<activity>& use) const;

  ledger ledger_;
  const catalogue& known_ = ledger_.known();
  waiting_list waiting_;
  std::vector<queue_pace> paces_;      // by role_id; of the serving roles
  std::vector<instance_notes> notes_;  // by instance_id
  demands demands_;
  std::vector<std::vector<instance_id>>
      affordable_;          // by role_id: instances that fit together, ever
  byte_count missing_ = 0;  // see host_memory
  time_point seen_{};       // `now` of the last step
  bool shutting_down_ = false;
  bool leaves_processes_ = false;  // see leave()
};

}  // namespace rolecall::residency
