// What the controller tells operators, and what they tell it.

#include "orchestrator/admin/route.hpp"
#include "orchestrator/controller.hpp"
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/metrics/reason_label.hpp"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;
using residency::role_id;
using supervision::instance_state;

namespace {

double seconds_since(residency::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// How useful an instance in this state is to a request: the state of a role is its best instance's.
int usefulness(instance_state state) {
  switch (state) {
    case instance_state::ready:
      return 6;
    case instance_state::starting:
      return 5;
    case instance_state::draining:
      return 4;
    case instance_state::backoff:
      return 3;
    case instance_state::stopping:
      return 2;
    case instance_state::stopped:
      return 1;
    case instance_state::failed:
      return 0;
  }
  return 0;
}

bool holds_memory(residency::presence state) {
  return state != residency::presence::absent && state != residency::presence::failed;
}

}  // namespace

instance_state controller::state_of(instance_id instance) const {
  return supervisors_[instance] ? supervisors_[instance]->state() : instance_state::failed;
}

std::string controller::reason_of(instance_id instance) const {
  if (supervisors_[instance] && supervisors_[instance]->awaits_turn()) return awaited_turn();
  return supervisors_[instance] ? supervisors_[instance]->reason()
                                : plan_.instances[instance].error();
}

const std::string& controller::role_name(instance_id instance) const {
  return plan_.catalogue.roles[plan_.catalogue.instances[instance].role].name;
}

std::optional<role_id> controller::find_role(std::string_view name) const {
  const auto found =
      std::ranges::find(plan_.catalogue.roles, name, &residency::catalogue::role::name);
  if (found == plan_.catalogue.roles.end()) return std::nullopt;
  const auto id = static_cast<role_id>(found - plan_.catalogue.roles.begin());
  if (found->retired && present_instances(id).empty()) return std::nullopt;
  return id;
}

admin::command_error controller::unknown_role(const std::string& name) const {
  std::string names;
  for (const auto& known : plan_.catalogue.roles)
    if (!known.retired) (names += names.empty() ? "" : ", ") += known.name;
  return {admin::command_error::kind::unknown_role,
          "no role '" + name + "'; the roles are " + names};
}

bool controller::every_instance(role_id role, instance_state state) const {
  return std::ranges::all_of(plan_.catalogue.roles[role].instances,
                             [&](instance_id id) { return state_of(id) == state; });
}

bool controller::at_rest(role_id role) const {
  if (plan_.catalogue.roles[role].retired) return present_instances(role).empty();
  return std::ranges::all_of(plan_.catalogue.roles[role].instances, [&](instance_id id) {
    return state_of(id) == instance_state::stopped || state_of(id) == instance_state::failed;
  });
}

bool controller::all_at_rest() const {
  for (instance_id id = 0; id < plan_.instances.size(); ++id)
    if (has_process(id)) return false;
  return true;
}

std::vector<instance_id> controller::present_instances(role_id role) const {
  std::vector<instance_id> list;
  const auto& known = plan_.catalogue;
  if (!known.roles[role].retired) list = known.roles[role].instances;
  for (instance_id id = 0; id < known.instances.size(); ++id)
    if (known.instances[id].retired && known.instances[id].role == role && has_process(id))
      list.push_back(id);
  return list;
}

void controller::publish_states() {
  auto states = std::make_shared<std::vector<proxy::role_state>>();
  for (const auto& role : plan_.catalogue.roles) {
    if (role.retired) {
      states->emplace_back();
      continue;
    }
    auto best = instance_state::failed;
    for (const auto id : role.instances)
      if (usefulness(state_of(id)) > usefulness(best)) best = state_of(id);
    states->push_back({.state = to_string(best), .hot = role.tier == registry::tier::hot});
  }
  const std::lock_guard lock(states_mutex_);
  states_ = std::move(states);
}

registry::byte_count controller::reserved_bytes(instance_id id) const {
  return holds_memory(planner_.row(id).state) ? planner_.known().bytes_of(id) : 0;
}

admin::instance_status controller::instance_status(instance_id id) const {
  const auto& upstream = *plan_.upstreams[id];
  admin::instance_status status{
      .name = upstream.name,
      .state = to_string(state_of(id)),
      .reason = reason_of(id),
      .reason_kind = {},
      .port = upstream.port,
      .pid = 0,
      .generation = 0,
      .restarts = 0,
      .leases = upstream.gate.leases(),
      .since_seconds = seconds_since(born_),
      .idle_seconds = seconds_since(std::max(born_, upstream.gate.last_used())),
      .load_seconds = std::nullopt,
      .reserved_bytes = reserved_bytes(id),
      .memory = std::nullopt,
      .log = {},
      .load = load_status(id),
      .engine = figures_.engine(id)};
  if (!status.reason.empty()) status.reason_kind = metrics::reason_label(status.reason);
  // Its gate is closed: it serves what it has, for as long as that takes.
  if (plan_.catalogue.instances[id].retired && state_of(id) == instance_state::ready) {
    status.state = to_string(instance_state::draining);
    status.reason = "reload";
  }
  if (const auto& m = measured_[id])
    status.memory = {.pss = m->memory.pss,
                     .anon = m->memory.anon,
                     .file = m->memory.file,
                     .swapped = m->memory.swapped};
  if (const auto& supervisor = supervisors_[id]) {
    status.pid = supervisor->pid();
    status.generation = supervisor->generation();
    status.restarts = supervisor->restarts();
    status.since_seconds = seconds_since(supervisor->since());
    if (supervisor->last_load().count() > 0)
      status.load_seconds = std::chrono::duration<double>(supervisor->last_load()).count();
    status.log = supervisor->log();
  }
  return status;
}

admin::role_status controller::role_status(role_id id) const {
  const auto& deployment = plan_.deployment;
  const auto& role = plan_.role(id);
  const auto& serving = deployment.registry.serving_role(role);
  const auto* model = deployment.registry.find_model(serving.model);
  admin::role_status status{
      .name = role.name,
      .model = serving.model,
      .quant = model != nullptr ? model->quant : std::string{},
      .tier = std::string{name_of(plan_.catalogue.roles[id].tier)},
      .shares = role.shares.value_or(""),
      .aliases = role.aliases,
      .pinned = false,
      .waiting = planner_.waiting(id),
      .priority = serving.priority,
      .footprint = plan_.estimates[plan_.catalogue.roles[id].instances.front()],
      .learned = learned_status(id),
      .instances = {}};
  const auto speed = speed_of(id);
  status.in_flight = metrics_.requests_in_flight(role.name);
  status.tokens_per_second = figures_.throughput(serving.name);
  status.speed = speed.measured;
  status.expected_speed = speed.expected;
  status.acceptance = speed.acceptance;
  for (const auto instance : present_instances(id)) {
    status.pinned = status.pinned || planner_.row(instance).pinned;
    status.instances.push_back(instance_status(instance));
  }
  return status;
}

admin::role_status controller::leaving_role_status(role_id id) const {
  const auto& role = plan_.catalogue.roles[id];
  admin::role_status status{.name = role.name,
                            .model = {},
                            .quant = {},
                            .tier = std::string{name_of(role.tier)},
                            .shares = {},
                            .aliases = {},
                            .pinned = false,
                            .waiting = 0,
                            .priority = role.priority,
                            .footprint = {},
                            .learned = std::nullopt,
                            .instances = {}};
  for (const auto instance : present_instances(id)) {
    status.footprint = plan_.estimates[instance];
    status.instances.push_back(instance_status(instance));
  }
  return status;
}

admin::fleet_status controller::status() const {
  admin::fleet_status status{.version = who_.version,
                             .engine = who_.engine,
                             .registry_file = plan_.deployment.registry.file,
                             .registry = registry_status_,
                             .uptime_seconds = seconds_since(born_),
                             .memory_total = who_.memory.limit(),
                             .budget = planner_.budget(),
                             .reserved = planner_.reserved(),
                             .host = host_status(),
                             .listen = listen_,
                             .roles = {}};
  for (role_id id = 0; id < plan_.catalogue.roles.size(); ++id)
    if (!plan_.catalogue.roles[id].retired)
      status.roles.push_back(role_status(id));
    else if (!present_instances(id).empty())
      status.roles.push_back(leaving_role_status(id));
  return status;
}

boost::system::result<admin::load_plan, admin::command_error> controller::plan_load(
    const std::string& role) const {
  const auto id = find_role(role);
  if (!id || plan_.catalogue.roles[*id].retired) return unknown_role(role);
  const auto planned = planner_.plan_load(*id, std::chrono::steady_clock::now(), activity());
  admin::load_plan plan{.role = plan_.catalogue.roles[*id].name,
                        .decision = to_string(planned.decision),
                        .verdict = planned.verdict,
                        .needed_bytes = planned.needed(),
                        .held_bytes = planned.held_files,
                        .free_bytes = planned.free,
                        .victims = {}};
  for (const auto& v : planned.victims)
    plan.victims.push_back({.instance = plan_.upstreams[v.instance]->name,
                            .idle_seconds = static_cast<double>(v.idle.count()),
                            .freed_bytes = v.freed,
                            .reason = v.reason});
  return plan;
}

asio::awaitable<boost::system::result<void, admin::command_error>> controller::carry_out(
    admin::command what, std::string role, bool wait, bool force) {
  using kind = admin::command_error::kind;
  const auto id = find_role(role);
  if (!id) co_return unknown_role(role);
  if (shutting_down_) co_return admin::command_error{kind::refused, "rolecalld is shutting down"};
  if (plan_.catalogue.roles[*id].retired && what != admin::command::unload)
    co_return admin::command_error{
        kind::refused,
        "role '" + role + "' was removed from the registry; its processes are ending"};
  log_line(priority::notice, "operator", component::admin)
      .with("command", to_string(what))
      .with("role", role);

  const auto before = starts_of(*id);
  switch (what) {
    case admin::command::load:
      forgive_kills(*id);
      if (const auto why = planner_.never_fits(*id))
        co_return admin::command_error{kind::refused, why->message};
      feed(residency::operator_load{*id});
      if (wait) co_return co_await became_ready(*id, before);
      break;
    case admin::command::unload:
      feed(residency::operator_unload{*id, force});
      without_room_.erase(*id);
      forget_failures(*id);
      if (wait) co_await came_to_rest(*id);
      break;
    case admin::command::restart: {
      const auto serving =
          plan_.catalogue.instances[plan_.catalogue.roles[*id].instances.front()].role;
      restarting_.insert(serving);
      feed(residency::operator_unload{*id, force, true});
      continue_restart(serving);
      if (wait) {
        while (restarting_.contains(serving)) co_await history_.after(history_.last_id());
        co_return co_await became_ready(*id, before);
      }
      break;
    }
    case admin::command::pin:
      feed(residency::operator_pin{*id, true});
      break;
    case admin::command::unpin:
      feed(residency::operator_pin{*id, false});
      break;
  }
  co_return boost::system::result<void, admin::command_error>{};
}

std::vector<controller::known_start> controller::starts_of(role_id role) const {
  std::vector<known_start> starts;
  for (const auto id : plan_.catalogue.roles[role].instances) {
    const int generation = supervisors_[id] ? supervisors_[id]->generation() : -1;
    starts.push_back({.instance = id, .generation = generation});
  }
  return starts;
}

asio::awaitable<void> controller::came_to_rest(role_id role) {
  while (!at_rest(role)) co_await history_.after(history_.last_id());
}

// Follows the fleet's events until the role is ready. An instance that is down has failed if it was
// tried: one that has not been started since still waits for room, whatever became of it before.
asio::awaitable<boost::system::result<void, admin::command_error>> controller::became_ready(
    role_id role, std::vector<known_start> before) {
  const auto was_reloaded = [&] {
    const auto& present = plan_.catalogue.roles[role];
    return present.retired ||
           !std::ranges::equal(present.instances, before, {}, {}, &known_start::instance);
  };
  for (;;) {
    if (was_reloaded())
      co_return admin::command_error{admin::command_error::kind::failed,
                                     "the registry was reloaded meanwhile; see rolectl status"};
    if (every_instance(role, instance_state::ready)) break;
    // What it needs may be learned to be too much while it is waited for.
    if (const auto why = planner_.never_fits(role); why && at_rest(role))
      co_return admin::command_error{admin::command_error::kind::refused, why->message};
    for (const auto& [id, generation] : before) {
      const auto state = state_of(id);
      const bool down = state == instance_state::failed || state == instance_state::stopped;
      const bool tried = !supervisors_[id] || supervisors_[id]->generation() > generation;
      if (down && tried)
        co_return admin::command_error{
            admin::command_error::kind::failed,
            plan_.upstreams[id]->name + " is " + to_string(state) + ": " + reason_of(id)};
    }
    co_await history_.after(history_.last_id());
  }
  co_return boost::system::result<void, admin::command_error>{};
}

std::vector<admin::fleet_event> controller::events_after(std::uint64_t after) const {
  return history_.events_after(after);
}

std::vector<tracing::request_trace> controller::requests(
    const tracing::request_query& query) const {
  return traces_.select(query);
}

asio::awaitable<void> controller::event_after(std::uint64_t after) { return history_.after(after); }

bool controller::hot_ready() const {
  for (role_id id = 0; id < plan_.catalogue.roles.size(); ++id)
    if (plan_.catalogue.roles[id].tier == registry::tier::hot &&
        !plan_.catalogue.roles[id].retired && !every_instance(id, instance_state::ready))
      return false;
  return true;
}

}  // namespace rolecall
