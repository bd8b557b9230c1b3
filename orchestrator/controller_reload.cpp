// The controller's part in changing what the fleet is while it lives.

#include "orchestrator/controller.hpp"
#include "orchestrator/fleet_change.hpp"
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/memory/pressure.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;
using residency::role_id;
using supervision::instance_state;

namespace {

constexpr std::chrono::seconds drift_interval{2};

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Sets the flag for as long as this lives, and wakes who waits for the end.
class flag_held {
 public:
  flag_held(bool& flag, asio::steady_timer& end) : flag_(flag), end_(end) { flag_ = true; }
  ~flag_held() {
    flag_ = false;
    end_.cancel();
  }
  flag_held(const flag_held&) = delete;
  flag_held& operator=(const flag_held&) = delete;

 private:
  bool& flag_;
  asio::steady_timer& end_;
};

admin::reload_refusal wrong(const std::filesystem::path& file, std::vector<std::string> problems) {
  admin::reload_refusal refusal{
      .is_wrong = true,
      .message =
          "cannot reload " + file.string() + ": " +
          (problems.size() == 1 ? "it is wrong"
                                : "it is wrong in " + std::to_string(problems.size()) + " places") +
          "; the fleet goes on as it was",
      .diagnostics = std::move(problems)};
  for (const auto& problem : refusal.diagnostics) refusal.message += "\n" + problem;
  return refusal;
}

admin::reload_refusal not_now(const std::string& why) {
  return {.is_wrong = false, .message = "cannot reload: " + why, .diagnostics = {}};
}

std::vector<std::string> notes_of(const registry::diagnostics& notes,
                                  registry::diagnostic::severity level) {
  std::vector<std::string> texts;
  for (const auto& note : notes)
    if (note.level == level) texts.push_back(to_string(note));
  return texts;
}

std::vector<std::string> waiting_keys(const admin::reload_plan& plan) {
  std::vector<std::string> keys;
  for (const auto& s : plan.host)
    if (s.waits) keys.push_back(s.key);
  for (const auto& role : plan.roles)
    for (const auto& s : role.settings)
      if (s.waits) keys.push_back("roles." + role.name + "." + s.key);
  return keys;
}

}  // namespace

void controller::follow(registry_source& source, file_mark read, reload_listener on_reload) {
  source_ = &source;
  mark_ = std::move(read);
  on_reload_ = std::move(on_reload);
  registry_status_.hash = mark_.hash;
  registry_status_.loaded_at = unix_seconds();
  metrics_.daemon().registry_generation(registry_status_.generation);
}

// Looked at now and then, never by who asks for the status: a disk may take its time.
asio::awaitable<void> controller::watch_registry() {
  asio::steady_timer timer(control_);
  for (;;) {
    const auto now = co_await source_->look();
    registry_status_.drift = drift_of(source_->file(), mark_, now);
    timer.expires_after(drift_interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<boost::system::result<admin::reload_plan, admin::reload_refusal>>
controller::reload(admin::reload_options options) {
  reload_outcome outcome = not_now("another reload is under way");
  if (!is_reloading_) {
    const flag_held reloading(is_reloading_, reload_ended_);
    outcome = take(co_await source_->read(), options);
  }
  if (!options.dry_run) report_reload(outcome);
  co_return outcome;
}

asio::awaitable<void> controller::reload_in_turn() {
  while (is_reloading_) co_await reload_ended_.async_wait(asio::as_tuple(asio::use_awaitable));
  (void)co_await reload({});
}

controller::reload_outcome controller::take(registry_source::reading read,
                                            admin::reload_options options) {
  if (shutting_down_) return not_now("rolecalld is shutting down");
  if (awaits_leftovers() && !options.dry_run)
    return not_now(
        "processes that the rolecalld before left and the registry does not name are still ending; "
        "`rolectl events` tells when they have, try again then");
  auto& checked = read.checked;
  if (!checked.value)
    return wrong(source_->file(), notes_of(checked.notes, registry::diagnostic::severity::error));

  const auto written = checked.value->registry;
  if (auto held = ports_held_by_doors(written, doors_); !held.empty())
    return wrong(source_->file(), std::move(held));
  keep_until_restart(checked.value->registry, registry(), doors_);
  keep_until_restart(read.access, source_->access());
  const auto engine = engine_text(checked.value->registry, read.known);
  auto next =
      plan_fleet(*std::move(checked.value), read.budget, source_->host(), read.known, learned_);
  if (auto broken = newly_broken(plan_, next); !broken.empty())
    return wrong(source_->file(), std::move(broken));
  auto plan = plan_change(plan_, next, written);
  plan.notes = notes_of(checked.notes, registry::diagnostic::severity::warning);
  plan.generation = registry_status_.generation + (options.dry_run ? 0 : 1);
  plan.applied = !options.dry_run;
  if (options.dry_run) return plan;

  registry_status_.generation = plan.generation;
  registry_status_.loaded_at = unix_seconds();
  registry_status_.hash = read.mark.hash;
  registry_status_.drift.clear();
  registry_status_.waiting = waiting_keys(plan);
  mark_ = read.mark;
  apply(std::move(next), options.force);
  source_->use(std::move(read.access));
  if (on_reload_) on_reload_(plan_.routes, source_->access());
  if (engine != who_.engine) metrics_.daemon().build(who_.version, engine);
  who_.engine = engine;
  return plan;
}

void controller::apply(fleet_plan next, bool force) {
  std::vector<bool> is_free(plan_.instances.size());
  for (instance_id id = 0; id < is_free.size(); ++id) is_free[id] = is_gone(id);
  plan_.catalogue = planner_.known();  // footprints were learned meanwhile
  const auto before = plan_.catalogue;
  plan_ = continue_plan(std::move(plan_), std::move(next), is_free);
  floor_ = memory::floor_of(registry().host.memory, who_.memory.limit());

  const auto count = plan_.instances.size();
  supervisors_.resize(count);
  supervisor_ends_.resize(count);
  measured_.resize(count);
  for (instance_id id = 0; id < count; ++id) {
    const auto& known = plan_.catalogue.instances[id];
    const bool is_new =
        id >= before.instances.size() || (before.instances[id].retired && !known.retired);
    if (is_new)
      replace_supervisor(id);
    else if (supervisors_[id] && !known.retired)
      supervisors_[id]->use(*plan_.instances[id]);
    if (known.retired) {
      if (supervisors_[id]) supervisors_[id]->stay_failed();
      continue;
    }
    plan_.upstreams[id]->gate.set_capacity(known.capacity);
    if (is_new && !name_is_in_use(id)) shown(id).state(to_string(state_of(id)));
    shown(id).footprint(plan_.catalogue.bytes_of(id));
  }
  drive(planner_.reconfigure(present_catalogue(), std::chrono::steady_clock::now(), activity(),
                             force));
  for (instance_id id = 0; id < count; ++id) forget_if_gone(id);
  for (const auto& role : plan_.catalogue.roles)
    if (role.retired) metrics_.role_gone(role.name);
  if (!tells_outlooks_ && wants_outlooks()) spawn(keep_outlooks());
  publish_states();
}

// Generations count on over the supervisors of one name, so that every start has its own number.
void controller::replace_supervisor(instance_id id) {
  auto& upstream = *plan_.upstreams[id];
  upstream.listener = this;
  if (supervisor_ends_[id]) supervisor_ends_[id]->emit(asio::cancellation_type::terminal);
  measured_[id].reset();
  int generation = 0;
  for (instance_id other = 0; other < supervisors_.size(); ++other)
    if (supervisors_[other] && supervisors_[other]->instance() == upstream.name)
      generation = std::max(generation, supervisors_[other]->generation());
  supervisors_[id].reset();  // its coroutine holds it to its own end
  make_supervisor(id);
  if (supervisors_[id]) {
    supervisors_[id]->count_from(generation);
    start_supervising(id);
  }
}

void controller::make_supervisor(instance_id id) {
  auto& runnable = plan_.instances[id];
  if (!runnable) return;
  supervisors_[id] = std::make_shared<supervision::supervisor>(
      control_.get_executor(), *runnable, plan_.upstreams[id]->gate, records_,
      [this, id](const supervision::transition& t) { transitioned(id, t); });
}

namespace {

asio::awaitable<void> run(std::shared_ptr<supervision::supervisor> supervisor) {
  co_await supervisor->run();
}

}  // namespace

// Ends with the fleet, or when another instance takes the place.
void controller::start_supervising(instance_id id) {
  const auto end = std::make_shared<asio::cancellation_signal>();
  supervisor_ends_[id] = end;
  const auto completed = [end](const std::exception_ptr& failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
      if (e.code() != asio::error::operation_aborted) throw;
    }
  };
  asio::co_spawn(control_, run(supervisors_[id]),
                 asio::bind_cancellation_slot(end->slot(), completed));
}

// Of an earlier registry, its process ended, nobody near it. A removed role keeps all of its places
// until the last process has ended, because operators may still mean them by its name.
bool controller::is_gone(instance_id id) const {
  const auto& known = plan_.catalogue.instances[id];
  if (plan_.catalogue.roles[known.role].retired && !present_instances(known.role).empty())
    return false;
  return known.retired && !has_process(id) && !residency::is_reserved(planner_.row(id).state) &&
         plan_.upstreams[id]->gate.leases() == 0;
}

bool controller::has_process(instance_id id) const {
  if (!supervisors_[id]) return false;
  const auto state = supervisors_[id]->state();
  return state != instance_state::stopped && state != instance_state::failed;
}

// The process that had its name before still shows under it.
bool controller::name_is_in_use(instance_id id) const {
  const auto& instances = plan_.catalogue.instances;
  for (instance_id other = 0; other < instances.size(); ++other)
    if (instances[other].retired && instances[other].name == instances[id].name &&
        has_process(other))
      return true;
  return false;
}

// Its metrics would show it for ever, unless another instance has its name by now.
void controller::forget_if_gone(instance_id id) {
  const auto& instances = plan_.catalogue.instances;
  if (!instances[id].retired || has_process(id)) return;
  const auto is_successor = [&](const residency::catalogue::instance& other) {
    return !other.retired && other.name == instances[id].name;
  };
  if (std::ranges::none_of(instances, is_successor)) shown(id).gone();
}

void controller::report_reload(const reload_outcome& outcome) {
  const bool applied = outcome.has_value();
  metrics_.daemon().registry_reloaded(applied ? "applied" : "refused");
  if (applied) {
    metrics_.daemon().registry_generation(outcome->generation);
    for (const auto& note : outcome->notes)
      log_line(priority::warning, "reload", component::registry).with("note", note);
  } else {
    for (const auto& problem : outcome.error().diagnostics)
      log_line(priority::error, "reload", component::registry).with("problem", problem);
  }
  const auto text =
      applied ? "generation " + std::to_string(outcome->generation) + ": " + summary(*outcome)
              : outcome.error().message.substr(0, outcome.error().message.find('\n'));
  log_line(applied ? priority::notice : priority::error, "reload", component::registry)
      .with("outcome", applied ? "applied" : "refused")
      .with("text", text);
  history_.append({.kind = "reload", .role = {}, .instance = {}, .text = text});
}

}  // namespace rolecall
