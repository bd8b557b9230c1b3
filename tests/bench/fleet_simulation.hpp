#pragma once

#include "arrival_trace.hpp"
#include "orchestrator/residency/planner.hpp"

#include <deque>
#include <queue>
#include <vector>

namespace rolecall::bench {

enum class policy {
  lru,
  load_cost,
  offline,  ///< knows the trace: who is wanted again last leaves first
};

struct outcome {
  std::size_t requests = 0;
  std::size_t hits = 0;     ///< found their role ready
  std::size_t refused = 0;  ///< waited to the deadline
  std::size_t loads = 0;
  residency::byte_count loaded = 0;  ///< read from the disk
  std::vector<double> waits;         ///< seconds, of those that were served, in their order
};

/// Replays a trace against the planner: what the controller, gates and processes do, in simulated
/// time. One disk reads one model after the other; a file that another process maps is not read
/// again, and what has left is not in the page cache any more. Requests of one role do not slow
/// each other down.
class fleet_simulation {
 public:
  fleet_simulation(residency::catalogue known, const arrival_trace& trace, policy order);

  [[nodiscard]] outcome run();

 private:
  using instance_id = residency::instance_id;
  enum class happening { ready, served, exited };
  struct timed {
    double at;
    std::size_t number;  // the earlier one first among those at the same time
    happening what;
    instance_id instance;
    bool operator>(const timed& o) const { return at != o.at ? at > o.at : number > o.number; }
  };
  struct process {
    residency::activity use{.leases = 0, .last_used = {}, .open = false};
    bool watched = false;
  };

  void take(const arrival& a);
  void take(const timed& t);
  void enter(instance_id instance, double duration);
  void leave(instance_id instance);
  void feed(residency::event e);
  void perform(const residency::action& a);
  void load(instance_id instance);
  void after(double delay, happening what, instance_id instance);
  void watch(instance_id instance);
  [[nodiscard]] std::vector<residency::activity> use() const;
  [[nodiscard]] residency::time_point time_of(double at) const;
  [[nodiscard]] residency::time_point as_last_used(instance_id instance) const;

  const arrival_trace& trace_;
  policy order_;
  residency::planner planner_;
  std::vector<process> processes_;              // by instance_id
  std::vector<std::vector<double>> wanted_at_;  // by instance_id: times of all arrivals
  std::vector<const arrival*> waiters_;         // by waiter_id; null: answered
  std::priority_queue<timed, std::vector<timed>, std::greater<>> due_;
  std::deque<residency::event> events_;
  std::size_t scheduled_ = 0;
  double now_ = 0;
  double disk_free_at_ = 0;
  outcome result_;
};

}  // namespace rolecall::bench
