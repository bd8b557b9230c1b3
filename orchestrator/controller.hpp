#pragma once

#include "orchestrator/admin/fleet.hpp"
#include "orchestrator/bound_door.hpp"
#include "orchestrator/dropped_writes.hpp"
#include "orchestrator/fleet_figures.hpp"
#include "orchestrator/fleet_plan.hpp"
#include "orchestrator/history.hpp"
#include "orchestrator/log_space.hpp"
#include "orchestrator/memory/learned_footprints.hpp"
#include "orchestrator/memory/memory_watch.hpp"
#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/registry_source.hpp"
#include "orchestrator/residency/planner.hpp"
#include "orchestrator/supervision/adoption_facts.hpp"
#include "orchestrator/supervision/start_turns.hpp"
#include "orchestrator/supervision/supervisor.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rolecall {

/// The one loop that turns actions into calls: events from supervisors, data threads and operators
/// go into the planner one at a time, its actions go to gates, supervisors and waiters. Owned by
/// main; everything runs on the control thread except what its interfaces promise for any thread,
/// which posts.
class controller final : public admin::fleet,
                         public proxy::lease_source,
                         public proxy::state_source,
                         public proxy::gate_listener {
 public:
  struct identity {
    std::string version;
    std::string engine;                     ///< version text of the host's llama-server
    launcher::host_memory memory;           ///< as read before the start
    std::filesystem::path host_root = "/";  ///< where /proc and /sys are found
  };

  /// `traces`: where the front door remembers its requests.
  controller(boost::asio::io_context& control, fleet_plan plan, identity who,
             memory::learned_footprints learned, supervision::record_folder& records,
             metrics::catalogue& metrics, const tracing::request_traces& traces);
  ~controller() override;

  /// Of now; a reload replaces it.
  [[nodiscard]] std::shared_ptr<const proxy::routing_table> routes() const noexcept {
    return plan_.routes;
  }
  [[nodiscard]] const fleet_plan& plan() const noexcept { return plan_; }
  [[nodiscard]] const registry::model_registry& registry() const noexcept {
    return plan_.deployment.registry;
  }

  /// Tells whoever serves of other routes, keys and certificates, after they have been applied.
  using reload_listener =
      std::function<void(std::shared_ptr<const proxy::routing_table>, const access::access_files&)>;
  /// Before launch(): where the registry came from, for reloads. `source` outlives the fleet.
  void follow(registry_source& source, file_mark read, reload_listener on_reload);
  /// For who cannot be told "not now": waits for a reload or dry run that is under way, and then
  /// reloads. The log tells the outcome.
  [[nodiscard]] boost::asio::awaitable<void> reload_in_turn();

  /// Before launch(): the data threads, for their heartbeats.
  void follow(fleet_figures::pulses threads) { figures_.follow(std::move(threads)); }
  /// Front door addresses, for the status.
  void set_endpoints(std::vector<std::string> listen) { listen_ = std::move(listen); }

  /// Before launch(): takes over what the daemon before left and the registry wants. Whatever of it
  /// the registry does not know any more is stopped before the HOT roles are launched; strangers
  /// are reported and left alone.
  void adopt(std::vector<supervision::recorded_process> found);
  /// Starts the supervisors and launches the HOT roles.
  void launch();
  /// Refuses waiters, stops every process and completes when the last one is gone.
  [[nodiscard]] boost::asio::awaitable<void> shut_down();
  /// Refuses waiters and whoever comes later; requests that are served go on.
  void refuse_waiters();
  /// After refuse_waiters(): completes when what was being stopped is gone, and leaves the other
  /// processes to the next daemon.
  [[nodiscard]] boost::asio::awaitable<void> leave();

  /// Names the processes that a daemon which ends by a bug leaves behind.
  void log_children() const;

  // admin::fleet
  [[nodiscard]] admin::fleet_status status() const override;
  [[nodiscard]] boost::asio::awaitable<boost::system::result<void, admin::command_error>> carry_out(
      admin::command what, std::string role, bool wait, bool force) override;
  [[nodiscard]] boost::system::result<admin::load_plan, admin::command_error> plan_load(
      const std::string& role) const override;
  [[nodiscard]] boost::asio::awaitable<
      boost::system::result<admin::reload_plan, admin::reload_refusal>>
  reload(admin::reload_options options) override;
  [[nodiscard]] std::vector<admin::fleet_event> events_after(std::uint64_t after) const override;
  [[nodiscard]] std::vector<tracing::request_trace> requests(
      const tracing::request_query& query) const override;
  [[nodiscard]] boost::asio::awaitable<void> event_after(std::uint64_t after) override;
  [[nodiscard]] bool hot_ready() const override;
  [[nodiscard]] std::string metrics_text() override;

  // proxy::lease_source, proxy::state_source, proxy::gate_listener: any thread
  [[nodiscard]] boost::asio::awaitable<boost::system::result<proxy::lease, proxy::refusal>> acquire(
      proxy::lease_wish wish) override;
  [[nodiscard]] std::shared_ptr<const std::vector<proxy::role_state>> role_states() const override;
  void instance_idle(residency::instance_id instance) override;
  void slot_freed(residency::instance_id instance) override;

 private:
  using answer = boost::system::result<proxy::lease, proxy::refusal>;
  using answer_channel = boost::asio::experimental::concurrent_channel<void(
      boost::system::error_code, std::shared_ptr<answer>)>;
  struct measurement {
    launcher::process_memory memory;
    proxy::time_point at;
  };
  struct eviction {
    proxy::time_point at;
    std::string role;                  ///< that left
    residency::role_id made_room_for;  ///< a serving role
  };
  struct waiter {
    residency::lease_requested asked;
    proxy::time_point since;
    std::shared_ptr<answer_channel> channel;
    std::shared_ptr<proxy::wait_outlook> outlook;  ///< nullptr: nobody looks at it
    std::shared_ptr<proxy::wait_story> story;      ///< likewise
  };

  void feed(residency::event e);
  void drive(const std::vector<residency::action>& first);
  void perform(const std::vector<residency::action>& actions);
  void perform(const residency::start& a);
  void perform(const residency::evict& a);
  void perform(const residency::stop& a);
  void perform(const residency::close_gate& a);
  void perform(const residency::open_gate& a);
  void perform(const residency::watch_idle& a);
  void perform(const residency::grant& a);
  void perform(const residency::refuse& a);

  /// Of instances that can be run.
  [[nodiscard]] std::vector<std::filesystem::path> instance_logs() const;

  // controller_figures.cpp
  [[nodiscard]] metrics::instance_metrics& shown(residency::instance_id instance);
  void show(residency::instance_id instance);
  void show(residency::instance_id instance, const supervision::transition& t);
  void show_load(residency::instance_id instance);
  void show_role(residency::role_id role);
  void show_use(residency::instance_id instance);
  [[nodiscard]] std::optional<double> loaded_ratio(residency::instance_id instance) const;
  [[nodiscard]] std::optional<admin::load_status> load_status(
      residency::instance_id instance) const;
  [[nodiscard]] metrics::role_speed speed_of(residency::role_id role) const;
  void remember_eviction(residency::instance_id victim, residency::role_id made_room_for);
  [[nodiscard]] proxy::wait_story story_of(residency::role_id role, proxy::time_point since) const;

  // controller_memory.cpp
  void host_measured(const launcher::host_memory& host);
  void process_measured(residency::instance_id instance, const launcher::process_memory& memory);
  void apply_learned(residency::instance_id instance, const memory::learned_footprint& learned);
  void report_misestimate(residency::instance_id instance,
                          const memory::learned_footprint& learned);
  [[nodiscard]] registry::byte_count needed_files() const;
  void watch_memory(residency::instance_id instance, supervision::instance_state state);
  [[nodiscard]] boost::asio::awaitable<void> keep_learned();
  [[nodiscard]] boost::asio::awaitable<void> save_learned();
  [[nodiscard]] admin::host_memory_status host_status() const;
  [[nodiscard]] std::optional<admin::learned_memory> learned_status(residency::role_id role) const;
  void report_hot_without_room();

  // controller_adoption.cpp
  struct leftover {
    launcher::process process;
    supervision::instance_record record;
    registry::byte_count held = 0;  ///< of memory, when it was found
    bool alive = true;
  };
  void adopt(supervision::recorded_process found);
  void report_stranger(const supervision::instance_record& record, const std::string& reason);
  void report_staying(const supervision::instance_record& record);
  [[nodiscard]] std::optional<residency::instance_id> find_runnable(
      const supervision::instance_record& record) const;
  [[nodiscard]] boost::asio::awaitable<void> end_leftovers();
  /// Until they have ended, or for so long.
  [[nodiscard]] boost::asio::awaitable<void> signal_leftovers(int signal,
                                                              std::chrono::seconds patience);
  [[nodiscard]] boost::asio::awaitable<void> await_end(leftover& left);
  [[nodiscard]] bool leftovers_alive() const;
  /// Some are alive that have not been given up yet.
  [[nodiscard]] bool awaits_leftovers() const { return leftovers_alive() && !leftovers_stay_; }
  /// The plan's, with a budget that is smaller by what leftovers hold.
  [[nodiscard]] residency::catalogue present_catalogue() const;
  void launch_hot();
  [[nodiscard]] boost::asio::awaitable<void> end_coroutines();

  // controller_restarts.cpp
  void order_starts(residency::instance_id instance);
  void give_turns();
  [[nodiscard]] std::vector<supervision::start_turn> start_turns() const;
  [[nodiscard]] std::vector<registry::file_identity> files_of(
      residency::instance_id instance) const;
  [[nodiscard]] std::string awaited_turn() const;
  void killed_for_memory(residency::instance_id instance);
  void wants_start(residency::instance_id instance);
  void give_up_unless_it_fits(residency::instance_id instance);
  void forget_failures(residency::role_id role);
  void forgive_kills(residency::role_id role);

  // controller_reload.cpp
  using reload_outcome = boost::system::result<admin::reload_plan, admin::reload_refusal>;
  [[nodiscard]] boost::asio::awaitable<void> watch_registry();
  [[nodiscard]] reload_outcome take(registry_source::reading read, admin::reload_options options);
  void apply(fleet_plan next, bool force);
  void replace_supervisor(residency::instance_id instance);
  void make_supervisor(residency::instance_id instance);
  void start_supervising(residency::instance_id instance);
  [[nodiscard]] bool is_gone(residency::instance_id instance) const;
  [[nodiscard]] bool has_process(residency::instance_id instance) const;
  void forget_if_gone(residency::instance_id instance);
  [[nodiscard]] bool name_is_in_use(residency::instance_id instance) const;
  void report_reload(const reload_outcome& outcome);

  void spawn(boost::asio::awaitable<void> coroutine);
  void transitioned(residency::instance_id instance, const supervision::transition& t);
  void answer_waiter(residency::waiter_id id, answer given);
  void continue_restart(residency::role_id serving);
  void mark_queues();
  // controller_outlook.cpp
  [[nodiscard]] bool wants_outlooks() const;
  [[nodiscard]] boost::asio::awaitable<void> keep_outlooks();
  void update_outlooks();
  [[nodiscard]] std::optional<int> loaded_percent(residency::role_id role) const;
  void arm_tick();
  void publish_states();
  void remember(std::string kind, residency::instance_id instance, std::string text);

  [[nodiscard]] std::vector<residency::activity> activity() const;
  [[nodiscard]] supervision::instance_state state_of(residency::instance_id instance) const;
  [[nodiscard]] std::string reason_of(residency::instance_id instance) const;
  [[nodiscard]] const std::string& role_name(residency::instance_id instance) const;
  [[nodiscard]] std::optional<residency::role_id> find_role(std::string_view name) const;
  [[nodiscard]] admin::command_error unknown_role(const std::string& name) const;
  [[nodiscard]] bool every_instance(residency::role_id role,
                                    supervision::instance_state state) const;
  /// No process of the role is left.
  [[nodiscard]] bool at_rest(residency::role_id role) const;
  [[nodiscard]] bool all_at_rest() const;
  [[nodiscard]] registry::byte_count reserved_bytes(residency::instance_id instance) const;
  [[nodiscard]] admin::instance_status instance_status(residency::instance_id instance) const;
  [[nodiscard]] admin::role_status role_status(residency::role_id role) const;
  [[nodiscard]] admin::role_status leaving_role_status(residency::role_id role) const;
  /// Its instances of the registry, and those of before a reload that have not ended yet.
  [[nodiscard]] std::vector<residency::instance_id> present_instances(
      residency::role_id role) const;
  struct known_start {
    residency::instance_id instance;
    int generation;  ///< -1: it cannot be run
  };
  [[nodiscard]] std::vector<known_start> starts_of(residency::role_id role) const;
  [[nodiscard]] boost::asio::awaitable<void> came_to_rest(residency::role_id role);
  [[nodiscard]] boost::asio::awaitable<boost::system::result<void, admin::command_error>>
  became_ready(residency::role_id role, std::vector<known_start> before);

  boost::asio::io_context& control_;
  fleet_plan plan_;
  const std::vector<bound_door> doors_;  // of the registry that the daemon started with
  identity who_;
  metrics::catalogue& metrics_;
  const tracing::request_traces& traces_;
  residency::planner planner_;
  history history_;
  supervision::record_folder& records_;
  std::vector<leftover>
      leftovers_;  // of roles that are not in the registry; filled before launch()
  boost::asio::steady_timer leftovers_patience_;  // cancelled when the last one has ended
  bool leftovers_stay_ = false;                   // they outlived SIGKILL
  std::set<residency::role_id> without_room_;     // HOT ones, at launch, that nobody unloaded since
  // By instance_id; null when it cannot be run. Shared with its coroutine, which ends later than
  // its place is needed for another.
  std::vector<std::shared_ptr<supervision::supervisor>> supervisors_;
  std::vector<std::shared_ptr<boost::asio::cancellation_signal>> supervisor_ends_;
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>>
      ends_;  // of the coroutines that live as long as the fleet
  memory::learned_footprints learned_;
  bool learned_is_saved_ = true;
  bool is_saving_ = false;
  dropped_writes unsaved_learned_;
  log_space log_space_;
  std::vector<std::optional<measurement>> measured_;  // by instance_id; of the present process
  std::set<std::string> reported_;  // fingerprints whose estimate was found to be wrong
  launcher::host_memory host_;
  registry::byte_count floor_ = 0;
  registry::byte_count missing_ = 0;
  memory::memory_watch memory_watch_;
  fleet_figures figures_;
  std::deque<eviction> evictions_;  // the last ones
  std::deque<residency::event> events_;
  bool stepping_ = false;
  bool shutting_down_ = false;
  boost::asio::steady_timer tick_;
  std::map<residency::waiter_id, waiter> waiters_;
  std::vector<residency::grants_missed::waiter> missed_;  // of the present step
  std::set<residency::role_id>
      restarting_;  // stopping by `restart`; loaded again when the last process is gone
  std::vector<std::string> listen_;
  registry_source* source_ = nullptr;
  file_mark mark_;  // of the registry as it was read
  reload_listener on_reload_;
  admin::registry_status registry_status_;
  bool is_reloading_ = false;
  boost::asio::steady_timer reload_ended_;  // never expires; cancelled by the end of each
  bool tells_outlooks_ = false;
  proxy::time_point born_;

  std::atomic<residency::waiter_id> next_waiter_{1};
  mutable std::mutex states_mutex_;
  std::shared_ptr<const std::vector<proxy::role_state>> states_;
};

}  // namespace rolecall
