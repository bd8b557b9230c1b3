#pragma once

#include "orchestrator/residency/gate.hpp"
#include "orchestrator/residency/planner.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace rolecall::residency::tests {

/// A rule was broken; the text says which.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The planner's surroundings: processes, gates, callers, operators and time, all of them driven by
/// one seed. Performs actions as the controller does, answers with the events that follow, and
/// checks every rule after every step. Throws violation.
class fleet_model {
 public:
  /// `patient`: no caller gives up before an hour has passed, so that nobody may be refused for its
  /// deadline.
  fleet_model(std::uint64_t seed, bool patient);

  void launch();
  /// One thing happens: a request, the end of one, a process's next state, an operator's wish, a
  /// measurement, the passing of time.
  void random_event();
  /// No more requests, operators or strangers; everything that is under way ends. `steady`: a role
  /// with an open gate is never without a lease. Throws when somebody is left waiting.
  void quiesce(bool steady);
  /// Throws when a process or a waiter is left.
  void shut_down();

  /// Keeps the events and actions from now on as text, for comparing runs and explaining
  /// violations.
  void record() { recording_ = true; }
  [[nodiscard]] const std::string& recorded() const noexcept { return recorded_; }
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }

 private:
  enum class process { none, starting, running, stopping, backoff };

  // What callers, processes, operators and time do.
  void adopt_some();
  void request();
  void withdraw();
  void end_some_lease();
  void end_present_leases(bool steady);
  void advance_process(instance_id instance, bool may_fail);
  void crash(instance_id instance);
  void operate();
  void foretell_and_load(role_id role);
  void measure();
  void read_host_memory(byte_count missing);
  // fleet_model_reload.cpp
  void reload();
  void remove_role(catalogue& next, role_id role);
  void replace_instances(catalogue& next, role_id role);
  [[nodiscard]] instance_id free_place(catalogue& next) const;
  void pass(std::chrono::milliseconds time);
  [[nodiscard]] bool advance_some_process();
  void enter_beside(instance_id instance);
  struct lease {
    instance_id instance;
    lease_kind kind;
  };
  void give_back(const lease& held);
  void tell(instance_id instance, gate_notice owed);

  // The controller's part.
  void feed(event e);
  void drive();
  void mark_queues();
  void perform(const std::vector<action>& actions);
  void perform(const start& a);
  void perform(const evict& a);
  void perform(const stop& a);
  void perform(const close_gate& a);
  void perform(const open_gate& a);
  void perform(const watch_idle& a);
  void perform(const grant& a);
  void perform(const refuse& a);
  [[nodiscard]] std::vector<activity> activity_now() const;

  void check_turns(const std::vector<action>& actions) const;
  void check_step(const event* cause);
  void check_foretold(const std::vector<action>& actions);
  void check_pressure(const std::vector<action>& actions) const;
  void check_rest() const;
  void check_gates() const;
  /// Bytes of the instances that satisfy `counts`, each file once.
  template <class Predicate>
  [[nodiscard]] byte_count bytes_where(Predicate counts) const;
  [[nodiscard]] bool stays(instance_id instance) const;
  [[nodiscard]] bool is_movable(instance_id instance) const;
  static void expect(bool rule, const char* text) {
    if (!rule) throw violation(text);
  }

  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] static catalogue random_catalogue(std::mt19937_64& random);
  static void add_random_role(catalogue& known, std::mt19937_64& random);
  static void add_random_instances(catalogue& known, role_id role, std::mt19937_64& random);

  std::mt19937_64 random_;
  catalogue known_;
  planner planner_;
  bool patient_;
  time_point now_{std::chrono::hours{1}};
  std::deque<gate> gates_;          // by instance_id
  std::vector<process> processes_;  // by instance_id
  std::vector<bool> unloading_;     // by instance_id: an operator said so since its last start
  std::vector<bool> evicted_;       // by instance_id: and its exit has not come yet
  std::vector<lease> leases_;
  std::map<waiter_id, grants_missed::waiter> waiters_;  // not answered yet
  std::vector<grants_missed::waiter> missed_;           // of the present step
  waiter_id next_waiter_ = 1;
  std::vector<activity> seen_;  // as the planner saw it at the present step
  std::deque<event> events_;
  std::optional<std::pair<role_id, load_plan>> foretold_;  // of the operator's load that comes next
  byte_count missing_ = 0;
  byte_count reserved_ = 0;  // after the last step
  std::size_t steps_ = 0;
  bool shutting_down_ = false;
  bool recording_ = false;
  std::string recorded_;
};

}  // namespace rolecall::residency::tests
