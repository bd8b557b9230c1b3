// The controller's part in handing processes from one daemon to the next.

#include "orchestrator/controller.hpp"
#include "orchestrator/log_line.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <signal.h>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;
using supervision::adopted_condition;
using supervision::adoption;
using supervision::instance_record;
using supervision::instance_state;

namespace {

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
  leftovers_alive_ = leftovers_.size();
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
  if (what == adoption::gone || !running) {  // or it ended since it was examined
    records_.remove(record);
    return;
  }
  log_line(what == adoption::unfit ? priority::warning : priority::notice, "adopt")
      .with("role", record.role)
      .with("instance", record.instance)
      .with("pid", record.process.pid)
      .with("as", to_string(what))
      .with("reason", reason);
  if (!id) {
    leftovers_.push_back({std::move(*running), std::move(record)});
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
  log_line(priority::warning, "stranger")
      .with("role", record.role)
      .with("instance", record.instance)
      .with("port", record.port)
      .with("reason", reason);
  history_.append({.kind = "stranger",
                   .role = record.role,
                   .instance = record.instance,
                   .text = reason + "; it is neither signalled nor served from"});
}

// Their memory is in no ledger: HOT roles wait until it is free.
asio::awaitable<void> controller::end_leftovers() {
  for (auto& left : leftovers_) left.process.signal_group(SIGTERM);
  asio::steady_timer grace(control_, registry::timeouts{}.stop);
  grace.async_wait([this](boost::system::error_code ec) {
    for (auto& left : leftovers_)
      if (!ec) left.process.signal_group(SIGKILL);
  });
  for (auto& left : leftovers_) {
    const auto status = co_await left.process.async_wait();
    records_.remove(left.record);
    --leftovers_alive_;
    history_.append({.kind = "adopt",
                     .role = left.record.role,
                     .instance = left.record.instance,
                     .text = "stopped, the registry has no such instance any more: " +
                             launcher::to_string(status)});
  }
  grace.cancel();
  if (!shutting_down_) launch_hot();
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
  while (std::ranges::any_of(supervisors_, is_ending) || leftovers_alive_ > 0)
    co_await history_.after(history_.last_id());
  for (instance_id id = 0; id < supervisors_.size(); ++id)
    if (supervisors_[id] && supervisors_[id]->pid() != 0)
      log_line(priority::notice, "kept")
          .with("role", role_name(id))
          .with("instance", plan_.upstreams[id]->name)
          .with("pid", supervisors_[id]->pid());
  co_await end_coroutines();
}

}  // namespace rolecall
