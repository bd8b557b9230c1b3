#include "orchestrator/controller.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/memory/pressure.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;
using supervision::instance_state;

namespace {

residency::time_point now() { return std::chrono::steady_clock::now(); }

// A reason may end in lines of the engine's log, which is private: they are for the admin door
// alone.
std::string first_line(const std::string& reason) { return reason.substr(0, reason.find('\n')); }

priority priority_of(const supervision::transition& t) {
  switch (t.to) {
    case instance_state::failed:
      return priority::error;
    case instance_state::backoff:
      return priority::warning;
    case instance_state::ready:
      return priority::notice;
    case instance_state::stopped:
      return t.from == instance_state::stopping ? priority::info : priority::warning;
    case instance_state::starting:
    case instance_state::draining:
    case instance_state::stopping:
      return priority::info;
  }
  return priority::info;
}

}  // namespace

controller::controller(asio::io_context& control, fleet_plan plan, identity who,
                       memory::learned_footprints learned, supervision::record_folder& records,
                       metrics::catalogue& metrics, const tracing::request_traces& traces)
    : control_(control),
      plan_(std::move(plan)),
      doors_(bound_doors(plan_.deployment.registry)),
      who_(std::move(who)),
      metrics_(metrics),
      traces_(traces),
      planner_(plan_.catalogue),
      history_(control.get_executor()),
      records_(records),
      leftovers_patience_(control),
      learned_(std::move(learned)),
      unsaved_learned_("learned_footprints", metrics_),
      log_space_(
          control.get_executor(), plan_.deployment.registry.host.log_dir,
          [this] { return instance_logs(); }, metrics_),
      measured_(plan_.instances.size()),
      floor_(memory::floor_of(plan_.deployment.registry.host.memory, who_.memory.limit())),
      memory_watch_(
          control.get_executor(), who_.host_root,
          [this](const launcher::host_memory& host) { host_measured(host); },
          [this](instance_id id, const launcher::process_memory& m) { process_measured(id, m); }),
      figures_(control.get_executor(), who_.host_root,
               {plan_.deployment.registry.host.state_dir, plan_.deployment.registry.host.log_dir},
               metrics_),
      tick_(control),
      reload_ended_(control, asio::steady_timer::time_point::max()),
      born_(now()) {
  supervisors_.resize(plan_.instances.size());
  supervisor_ends_.resize(plan_.instances.size());
  for (instance_id id = 0; id < plan_.instances.size(); ++id) {
    auto& upstream = *plan_.upstreams[id];
    upstream.listener = this;
    make_supervisor(id);
    show(id);
  }
  publish_states();
}

controller::~controller() = default;

// Runs until the fleet's end.
void controller::spawn(asio::awaitable<void> coroutine) {
  auto& end = ends_.emplace_back(std::make_unique<asio::cancellation_signal>());
  const auto completed = [this](const std::exception_ptr& failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
      // Anything else is a bug: main reports it and the daemon ends.
      if (!shutting_down_ || e.code() != asio::error::operation_aborted) throw;
    }
  };
  asio::co_spawn(control_, std::move(coroutine),
                 asio::bind_cancellation_slot(end->slot(), completed));
}

void controller::launch() {
  for (instance_id id = 0; id < supervisors_.size(); ++id)
    if (supervisors_[id]) start_supervising(id);
  if (source_ != nullptr) spawn(watch_registry());
  figures_.start();
  spawn(memory_watch_.watch_host());
  spawn(memory_watch_.watch_processes());
  spawn(keep_learned());
  spawn(log_space_.run());
  if (wants_outlooks()) spawn(keep_outlooks());
  host_measured(who_.memory);  // nothing is loaded on a host that is short of memory already
  if (leftovers_.empty())
    launch_hot();
  else
    spawn(end_leftovers());
}

void controller::launch_hot() {
  drive(planner_.launch(now(), activity()));
  report_hot_without_room();
}

std::vector<std::filesystem::path> controller::instance_logs() const {
  std::vector<std::filesystem::path> logs;
  for (const auto& supervisor : supervisors_)
    if (supervisor) logs.push_back(supervisor->log());
  return logs;
}

void controller::log_children() const {
  for (instance_id id = 0; id < supervisors_.size(); ++id)
    if (supervisors_[id] && supervisors_[id]->pid() != 0)
      log_line(priority::error, "left_running", component::supervision)
          .with("instance", plan_.upstreams[id]->name)
          .with("pid", supervisors_[id]->pid());
}

asio::awaitable<void> controller::shut_down() {
  shutting_down_ = true;
  restarting_.clear();
  drive(planner_.shut_down(now()));
  while (!all_at_rest() || awaits_leftovers()) co_await history_.after(history_.last_id());
  co_await end_coroutines();
}

asio::awaitable<void> controller::end_coroutines() {
  co_await save_learned();
  for (const auto& end : ends_) end->emit(asio::cancellation_type::terminal);
  for (const auto& end : supervisor_ends_)
    if (end) end->emit(asio::cancellation_type::terminal);
  figures_.stop();
  tick_.cancel();
}

// An action may cause the next event at once (a gate that was idle already, a role that cannot be
// run): events queue up and are taken one at a time, so that step never runs inside step.
void controller::feed(residency::event e) {
  events_.push_back(std::move(e));
  if (!stepping_) drive({});
}

void controller::drive(const std::vector<residency::action>& first) {
  stepping_ = true;
  perform(first);
  mark_queues();
  while (!events_.empty()) {
    const auto next = std::move(events_.front());
    events_.pop_front();
    perform(planner_.step(next, now(), activity()));
    if (events_.empty()) mark_queues();
  }
  stepping_ = false;
  arm_tick();
}

void controller::perform(const std::vector<residency::action>& actions) {
  for (const auto& action : actions) {
    if (is_logged(priority::debug, component::residency))
      log_line(priority::debug, "action", component::residency)
          .with("what", residency::to_string(action));
    std::visit([this](const auto& a) { perform(a); }, action);
  }
  if (!missed_.empty()) events_.emplace_front(residency::grants_missed{std::exchange(missed_, {})});
}

void controller::perform(const residency::start& a) {
  if (auto& supervisor = supervisors_[a.instance]) {
    order_starts(a.instance);
    supervisor->start(a.wanted_since);
    return;
  }
  log_line(priority::error, "instance_cannot_start", component::supervision)
      .with("role", role_name(a.instance))
      .with("reason", plan_.instances[a.instance].error());
  remember("state", a.instance, "failed: " + plan_.instances[a.instance].error());
  feed(residency::instance_exited{a.instance, true, false, plan_.instances[a.instance].error()});
}

void controller::perform(const residency::evict& a) {
  if (!plan_.upstreams[a.instance]->gate.close_if_idle()) {
    feed(residency::eviction_failed{a.instance});
    return;
  }
  log_line(priority::notice, "evict", component::residency)
      .with("role", role_name(a.instance))
      .with("instance", plan_.upstreams[a.instance]->name)
      .with("reason", to_string(a.reason))
      .with("detail", a.detail);
  metrics_.evicted(role_name(a.instance), to_string(a.reason));
  if (a.made_room_for) remember_eviction(a.instance, *a.made_room_for);
  remember("evict", a.instance,
           std::string{to_string(a.reason)} + (a.detail.empty() ? "" : ": " + a.detail));
  supervisors_[a.instance]->stop(to_string(a.reason));
}

void controller::perform(const residency::stop& a) {
  plan_.upstreams[a.instance]->gate.close();
  if (auto& supervisor = supervisors_[a.instance]) supervisor->stop(to_string(a.reason));
}

void controller::perform(const residency::close_gate& a) {
  auto& gate = plan_.upstreams[a.instance]->gate;
  gate.close();
  if (!gate.notify_when_idle()) feed(residency::instance_idle{a.instance});
}

void controller::perform(const residency::open_gate& a) {
  plan_.upstreams[a.instance]->gate.open();
}

void controller::perform(const residency::watch_idle& a) {
  if (!plan_.upstreams[a.instance]->gate.notify_when_idle())
    feed(residency::instance_idle{a.instance});
}

void controller::transitioned(instance_id id, const supervision::transition& t) {
  auto& upstream = *plan_.upstreams[id];
  const auto& role = role_name(id);
  const auto& supervisor = *supervisors_[id];
  log_line(priority_of(t), "transition", component::supervision)
      .with("role", role)
      .with("instance", upstream.name)
      .with("from", to_string(t.from))
      .with("to", to_string(t.to))
      .with("generation", supervisor.generation())
      .with("pid", supervisor.pid() == 0 ? "" : std::to_string(supervisor.pid()))
      .with("reason", first_line(t.reason));
  publish_states();
  order_starts(id);
  if (t.out_of_memory) killed_for_memory(id);
  watch_memory(id, t.to);
  show(id, t);
  remember("state", id,
           std::string{to_string(t.from)} + " → " + to_string(t.to) +
               (t.reason.empty() ? "" : ": " + t.reason));

  switch (t.to) {
    case instance_state::ready:
      upstream.gate.open();
      feed(residency::instance_became_ready{id});
      break;
    case instance_state::starting:
      if (t.from == instance_state::backoff) feed(residency::instance_restarting{id});
      break;
    case instance_state::draining:
    case instance_state::stopping:
      upstream.gate.close();
      break;
    case instance_state::stopped:
    case instance_state::backoff:
    case instance_state::failed:
      upstream.gate.close();
      if (t.wants_start)
        wants_start(id);
      else
        feed(residency::instance_exited{id, t.to == instance_state::failed, t.will_restart,
                                        first_line(t.reason)});
      break;
  }
  asio::post(control_, [this] { give_turns(); });
  forget_if_gone(id);
  continue_restart(plan_.catalogue.instances[id].role);
}

void controller::continue_restart(residency::role_id serving) {
  // A reload may have added instances meanwhile: those run, and are no part of the restart.
  const auto is_leaving = [this](instance_id id) {
    const auto held = planner_.row(id).state;
    return has_process(id) &&
           (held == residency::presence::closing || held == residency::presence::stopping);
  };
  if (restarting_.contains(serving) &&
      std::ranges::none_of(plan_.catalogue.roles[serving].instances, is_leaving)) {
    restarting_.erase(serving);
    feed(residency::operator_load{serving});
  }
}

void controller::arm_tick() {
  const auto next = planner_.next_tick(activity());
  if (!next) {
    tick_.cancel();
    return;
  }
  tick_.expires_at(*next);
  tick_.async_wait([this](boost::system::error_code ec) {
    if (!ec) feed(residency::tick{});
  });
}

void controller::remember(std::string kind, instance_id instance, std::string text) {
  history_.append({.kind = std::move(kind),
                   .role = role_name(instance),
                   .instance = plan_.upstreams[instance]->name,
                   .text = std::move(text)});
}

std::vector<residency::activity> controller::activity() const {
  std::vector<residency::activity> use(plan_.upstreams.size());
  std::ranges::transform(plan_.upstreams, use.begin(), [](const auto& upstream) {
    return residency::activity{.leases = upstream->gate.leases(),
                               .slots_taken = upstream->gate.slots_taken(),
                               .last_used = upstream->gate.last_used(),
                               .open = upstream->gate.is_open()};
  });
  return use;
}

std::shared_ptr<const std::vector<proxy::role_state>> controller::role_states() const {
  const std::lock_guard lock(states_mutex_);
  return states_;
}

}  // namespace rolecall
