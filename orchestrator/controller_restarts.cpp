// The controller's part in restarts: whose turn it is to load, what a kill for memory teaches, and
// starts that the planner has to agree to.

#include "orchestrator/controller.hpp"
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/supervision/start_turns.hpp"
#include "registry/quantities.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace rolecall {

namespace asio = boost::asio;
using registry::format_bytes;
using residency::instance_id;
using supervision::instance_state;
using supervision::start_turn;

namespace {

std::optional<start_turn::standing> standing_of(const supervision::supervisor& s) {
  if (s.awaits_turn()) return start_turn::standing::waits;
  switch (s.state()) {
    case instance_state::starting:
      return s.has_read() ? start_turn::standing::up : start_turn::standing::loads;
    case instance_state::ready:
    case instance_state::draining:
      return start_turn::standing::up;
    case instance_state::stopping:
    case instance_state::stopped:
    case instance_state::backoff:
    case instance_state::failed:
      break;
  }
  return std::nullopt;
}

}  // namespace

// HOT instances take turns, at the fleet's launch as after a storm of crashes. WARM ones are loaded
// for somebody who waits, so they do not. The wish is posted: all that are started together have
// asked by then, and the order of priority holds from the first on.
void controller::order_starts(instance_id id) {
  supervisors_[id]->take_turns(plan_.catalogue.is_hot(id),
                               [this] { asio::post(control_, [this] { give_turns(); }); });
}

std::vector<registry::file_identity> controller::files_of(instance_id id) const {
  const auto& deployment = plan_.deployment;
  const auto& role = plan_.role(plan_.catalogue.instances[id].role);
  std::vector<registry::file_identity> files;
  const auto add = [&](const registry::model_facts& facts) {
    for (const auto& file : facts.files) files.push_back(file.file);
  };
  add(deployment.facts_of(role));
  if (const auto* draft = deployment.registry.draft_model(role))
    if (const auto known = deployment.facts.find(draft->name); known != deployment.facts.end())
      add(known->second);
  return files;
}

std::vector<start_turn> controller::start_turns() const {
  std::vector<start_turn> turns;
  for (instance_id id = 0; id < supervisors_.size(); ++id) {
    if (!supervisors_[id] || !plan_.instances[id] || plan_.catalogue.instances[id].retired)
      continue;
    const auto standing = standing_of(*supervisors_[id]);
    if (!standing) continue;
    turns.push_back({.instance = id,
                     .now = *standing,
                     .priority = plan_.role(plan_.catalogue.instances[id].role).priority,
                     .files = files_of(id)});
  }
  return turns;
}

void controller::give_turns() {
  if (shutting_down_) return;
  for (const auto id : supervision::starts_due(start_turns())) supervisors_[id]->take_turn();
}

std::string controller::awaited_turn() const {
  std::string names;
  for (const auto& turn : start_turns())
    if (turn.now == start_turn::standing::loads)
      (names += names.empty() ? "" : ", ") += plan_.upstreams[turn.instance]->name;
  return "waits for its turn to load" + (names.empty() ? "" : " after " + names);
}

// What it had was too little: it is not started into the same wall. The planner hears of the larger
// footprint before the restart.
void controller::killed_for_memory(instance_id id) {
  const auto reserved = planner_.known().instances[id].footprint;
  memory::kill_for_memory kill{
      .reserved = reserved, .measured = std::nullopt, .limit = planner_.known().room_for(id)};
  if (measured_[id]) kill.measured = measured_[id]->memory.private_bytes();
  if (const auto most = plan_.instances[id]->cgroup.limits.memory_max)
    kill.limit = std::min(kill.limit, *most);
  const auto& learned =
      learned_.killed(plan_.fingerprints[id], role_name(id), plan_.instances[id]->model.string(),
                      kill, std::chrono::system_clock::now());
  learned_is_saved_ = false;
  apply_learned(id, learned);
  const auto believed = planner_.known().instances[id].footprint;
  const auto text =
      "the kernel killed it for its memory: " + format_bytes(believed) + " of private memory " +
      (believed > reserved ? "are reserved from now on instead of " + format_bytes(reserved)
                           : "stay reserved, it can have no more: lower its context, or raise its "
                             "cgroup.memory_max or host.memory.budget");
  log_line(priority::warning, "footprint_grown", component::memory)
      .with("role", role_name(id))
      .with("instance", plan_.upstreams[id]->name)
      .with("reason", text);
  remember("memory", id, text);
  give_up_unless_it_fits(id);
}

void controller::give_up_unless_it_fits(instance_id id) {
  if (plan_.catalogue.instances[id].retired) return;  // nobody starts it in any case
  if (const auto why = planner_.never_fits(plan_.catalogue.instances[id].role))
    supervisors_[id]->give_up(why->message);
}

// What an operator unloads is not tried again after its cool-down.
void controller::forget_failures(residency::role_id role) {
  for (const auto id : plan_.catalogue.roles[role].instances)
    if (supervisors_[id]) supervisors_[id]->stay_failed();
}

// An operator who loads a role has mended what it was killed for, or knows better.
void controller::forgive_kills(residency::role_id role) {
  for (const auto id : plan_.catalogue.roles[role].instances)
    if (const auto* learned = learned_.forgive(plan_.fingerprints[id])) {
      learned_is_saved_ = false;
      apply_learned(id, *learned);
    }
}

void controller::wants_start(instance_id id) {
  feed(residency::instance_wanted{id});
  give_up_unless_it_fits(id);
}

}  // namespace rolecall
