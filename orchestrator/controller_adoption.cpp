// The controller's part in handing processes from one daemon to the next.

#include "launcher/process_memory.hpp"
#include "orchestrator/controller.hpp"
#include "orchestrator/log/log_line.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <signal.h>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;
using supervision::adopted_condition;
using supervision::adoption;
using supervision::instance_record;
using supervision::instance_state;

namespace {

/// SIGKILL ends a process at once, but one with hundreds of GB takes its time to give them back.
constexpr std::chrono::seconds longest_death{30};

adopted_condition condition_of(adoption what) {
  switch (what) {
    case adoption::ready:
      return adopted_condition::ready;
    case adoption::loading:
      return adopted_condition::loading;
    case adoption::unfit:
    case adoption::stranger:  // these two are not adopted
    case adoption::gone:
      break;
  }
  return adopted_condition::unfit;
}

}  // namespace

void controller::adopt(std::vector<supervision::recorded_process> found) {
  for (auto& process : found) adopt(std::move(process));
}

std::optional<instance_id> controller::find_runnable(const instance_record& record) const {
  for (instance_id id = 0; id < supervisors_.size(); ++id)
    if (supervisors_[id] && plan_.upstreams[id]->name == record.instance &&
        plan_.upstreams[id]->port == record.port)
      return id;
  return std::nullopt;
}

void controller::adopt(supervision::recorded_process found) {
  auto& record = found.record;
  const auto id = find_runnable(record);
  std::optional<supervision::wanted_process> wanted;
  if (id) {
    const auto& command = plan_.instances[*id]->command;
    wanted = {.argv = command.words(), .environment = command.environment};
  }
  auto [what, reason] = supervision::judge(record, found.facts, wanted ? &*wanted : nullptr);
  if (what == adoption::stranger) return report_stranger(record, reason);
  auto running = launcher::process::adopt(control_.get_executor(), record.process);
  const bool has_ended =
      running.has_error() && running.error() == boost::system::errc::no_such_process;  // meanwhile
  if (what == adoption::gone || has_ended) {
    if (!found.facts.undecided) records_.remove(record);
    return;
  }
  // A host that is short of something hides it: what runs is found by the next start.
  if (!running)
    throw boost::system::system_error(running.error(),
                                      "cannot adopt pid " + std::to_string(record.process.pid));
  log_line(what == adoption::unfit ? priority::warning : priority::notice, "adopt",
           component::supervision)
      .with("role", record.role)
      .with("instance", record.instance)
      .with("pid", record.process.pid)
      .with("as", to_string(what))
      .with("reason", reason);
  if (!id) {
    const auto held = launcher::read_held_bytes(record.process.pid);
    leftovers_.push_back({std::move(*running), std::move(record), held});
    return;
  }
  remember("adopt", *id,
           "pid " + std::to_string(record.process.pid) + " as " + to_string(what) +
               (reason.empty() ? "" : ": " + reason));
  feed(residency::instance_adopted{*id, what == adoption::unfit});
  supervisors_[*id]->adopt(std::move(*running), std::move(record), condition_of(what),
                           std::move(reason));
}

void controller::report_stranger(const instance_record& record, const std::string& reason) {
  log_line(priority::warning, "stranger", component::supervision)
      .with("role", record.role)
      .with("instance", record.instance)
      .with("port", record.port)
      .with("reason", reason);
  history_.append({.kind = "stranger",
                   .role = record.role,
                   .instance = record.instance,
                   .text = reason + "; it is neither signalled nor served from"});
}

// Their memory is in no ledger: the budget is smaller by it, and HOT roles wait until it is free,
// or until it is plain that it stays.
asio::awaitable<void> controller::end_leftovers() {
  drive(planner_.reconfigure(present_catalogue(), std::chrono::steady_clock::now(), activity(),
                             /*force=*/false));
  for (auto& left : leftovers_) spawn(await_end(left));
  co_await signal_leftovers(SIGTERM, registry::timeouts{}.stop);
  co_await signal_leftovers(SIGKILL, longest_death);
  leftovers_stay_ = leftovers_alive();
  for (const auto& left : leftovers_)
    if (left.alive) report_staying(left.record);
  if (!shutting_down_) launch_hot();
}

asio::awaitable<void> controller::signal_leftovers(int signal, std::chrono::seconds patience) {
  for (auto& left : leftovers_) left.process.signal_group(signal);
  leftovers_patience_.expires_after(patience);
  if (leftovers_alive())
    co_await leftovers_patience_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> controller::await_end(leftover& left) {
  const auto status = co_await left.process.async_wait();
  left.alive = false;
  records_.remove(left.record);
  history_.append({.kind = "adopt",
                   .role = left.record.role,
                   .instance = left.record.instance,
                   .text = "stopped, the registry has no such instance any more: " +
                           launcher::to_string(status)});
  if (!leftovers_alive()) leftovers_patience_.cancel();
  if (shutting_down_) co_return;
  drive(planner_.reconfigure(present_catalogue(), std::chrono::steady_clock::now(), activity(),
                             /*force=*/false));
  // There is room for more of them now.
  for (const auto role : std::exchange(without_room_, {})) {
    if (planner_.never_fits(role))
      without_room_.insert(role);
    else
      feed(residency::operator_load{role});
  }
}

void controller::report_staying(const instance_record& record) {
  const auto text = "pid " + std::to_string(record.process.pid) +
                    " outlived SIGKILL; its memory is taken from the budget until it ends";
  log_line(priority::error, "leftover_stays", component::supervision)
      .with("role", record.role)
      .with("instance", record.instance)
      .with("reason", text);
  history_.append(
      {.kind = "adopt", .role = record.role, .instance = record.instance, .text = text});
}

bool controller::leftovers_alive() const {
  return std::ranges::any_of(leftovers_, &leftover::alive);
}

residency::catalogue controller::present_catalogue() const {
  auto known = plan_.catalogue;
  for (const auto& left : leftovers_)
    if (left.alive) known.budget -= std::min(known.budget, left.held);
  return known;
}

void controller::refuse_waiters() {
  shutting_down_ = true;
  restarting_.clear();
  drive(planner_.leave(std::chrono::steady_clock::now()));
}

asio::awaitable<void> controller::leave() {
  const auto is_ending = [this](const auto& supervisor) {
    return supervisor && (supervisor->state() == instance_state::draining ||
                          supervisor->state() == instance_state::stopping);
  };
  while (std::ranges::any_of(supervisors_, is_ending) || awaits_leftovers())
    co_await history_.after(history_.last_id());
  for (instance_id id = 0; id < supervisors_.size(); ++id)
    if (supervisors_[id] && supervisors_[id]->pid() != 0)
      log_line(priority::notice, "kept", component::supervision)
          .with("role", role_name(id))
          .with("instance", plan_.upstreams[id]->name)
          .with("pid", supervisors_[id]->pid());
  co_await end_coroutines();
}

}  // namespace rolecall
