#pragma once

#include "orchestrator/admin/fleet.hpp"
#include "orchestrator/fleet_plan.hpp"
#include "orchestrator/history.hpp"
#include "orchestrator/memory/learned_footprints.hpp"
#include "orchestrator/memory/memory_watch.hpp"
#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/residency/planner.hpp"
#include "orchestrator/supervision/supervisor.hpp"

#include <atomic>
#include <deque>
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

  controller(boost::asio::io_context& control, fleet_plan plan, identity who,
             memory::learned_footprints learned, metrics::catalogue& metrics);
  ~controller() override;

  [[nodiscard]] const proxy::routing_table& routes() const noexcept { return plan_.routes; }
  [[nodiscard]] const fleet_plan& plan() const noexcept { return plan_; }
  [[nodiscard]] const registry::model_registry& registry() const noexcept {
    return plan_.deployment.registry;
  }

  /// Front door addresses, for the status.
  void set_endpoints(std::vector<std::string> listen) { listen_ = std::move(listen); }

  /// Starts the supervisors and launches the HOT roles.
  void launch();
  /// Refuses waiters, stops every process and completes when the last one is gone.
  [[nodiscard]] boost::asio::awaitable<void> shut_down();

  /// Names the processes that a daemon which ends by a bug leaves behind.
  void log_children() const;

  // admin::fleet
  [[nodiscard]] admin::fleet_status status() const override;
  [[nodiscard]] boost::asio::awaitable<boost::system::result<void, admin::command_error>> carry_out(
      admin::command what, std::string role, bool wait, bool force) override;
  [[nodiscard]] boost::system::result<admin::load_plan, admin::command_error> plan_load(
      const std::string& role) const override;
  [[nodiscard]] std::vector<admin::fleet_event> events_after(std::uint64_t after) const override;
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
  struct waiter {
    residency::lease_requested asked;
    proxy::time_point since;
    std::shared_ptr<answer_channel> channel;
    std::shared_ptr<proxy::wait_outlook> outlook;  ///< nullptr: nobody looks at it
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

  void spawn(boost::asio::awaitable<void> coroutine);
  void transitioned(residency::instance_id instance, const supervision::transition& t);
  void answer_waiter(residency::waiter_id id, answer given);
  void continue_restart(residency::role_id serving);
  void mark_queues();
  // controller_outlook.cpp
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
  [[nodiscard]] admin::instance_status instance_status(residency::instance_id instance) const;
  [[nodiscard]] admin::role_status role_status(residency::role_id role) const;
  [[nodiscard]] std::vector<int> generations_of(residency::role_id role) const;
  [[nodiscard]] boost::asio::awaitable<void> came_to_rest(residency::role_id role);
  [[nodiscard]] boost::asio::awaitable<boost::system::result<void, admin::command_error>>
  became_ready(residency::role_id role, std::vector<int> generations_before);

  boost::asio::io_context& control_;
  fleet_plan plan_;
  identity who_;
  metrics::catalogue& metrics_;
  residency::planner planner_;
  history history_;
  std::vector<std::unique_ptr<supervision::supervisor>>
      supervisors_;  // by instance_id; null when it cannot be run
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>>
      ends_;  // of the coroutines that live as long as the fleet
  memory::learned_footprints learned_;
  bool learned_is_saved_ = true;
  bool is_saving_ = false;
  std::vector<std::optional<measurement>> measured_;  // by instance_id; of the present process
  std::set<std::string> reported_;  // fingerprints whose estimate was found to be wrong
  launcher::host_memory host_;
  registry::byte_count floor_ = 0;
  registry::byte_count missing_ = 0;
  memory::memory_watch memory_watch_;
  std::deque<residency::event> events_;
  bool stepping_ = false;
  bool shutting_down_ = false;
  boost::asio::steady_timer tick_;
  std::map<residency::waiter_id, waiter> waiters_;
  std::vector<residency::grants_missed::waiter> missed_;  // of the present step
  std::set<residency::role_id>
      restarting_;  // stopping by `restart`; loaded again when the last process is gone
  std::vector<std::string> listen_;
  proxy::time_point born_;

  std::atomic<residency::waiter_id> next_waiter_{1};
  mutable std::mutex states_mutex_;
  std::shared_ptr<const std::vector<proxy::role_state>> states_;
};

}  // namespace rolecall
