// A supervisor's process: how it is started, recorded, and what its end means.

#include "launcher/host_memory.hpp"
#include "launcher/log_file.hpp"
#include "launcher/port_owner.hpp"
#include "orchestrator/supervision/port_listener.hpp"
#include "orchestrator/supervision/spawn_failure.hpp"
#include "orchestrator/supervision/start_mark.hpp"
#include "orchestrator/supervision/supervisor_implementation.hpp"

#include <ctime>
#include <utility>

#include <signal.h>

namespace rolecall::supervision {
namespace {

constexpr std::size_t lines_in_reason = 5;

}  // namespace

event supervisor::implementation::start_process() {
  const auto listeners = listening_inodes(settings.instance.port);
  if (!listeners || !listeners->empty()) {
    const auto owner = launcher::find_port_owner(settings.instance.port, 0);
    if (owner.who != launcher::port_owner::kind::nobody)
      return spawn_failed{launcher::describe(owner, settings.instance.port)};
  }

  // A log that cannot be rotated or marked is told by the spawn, which needs it as well.
  if (settings.log_limit != 0)
    (void)launcher::rotate_log(settings.log, settings.log_limit, /*in_use=*/false);
  log_offset = append_start_mark(settings.log, settings.instance.name, fsm.generation());

  if (const auto failed = launcher::prepare_cgroup(settings.cgroup))
    return explain_cgroup_failure(*failed);
  announce_start();
  const auto program = record.argv.empty() ? std::string{} : record.argv.front();
  auto spawned_child = launcher::process::spawn(
      executor, {record.argv, record.environment, settings.log, settings.cgroup.folder});
  if (!spawned_child) {
    records.remove(record);
    return explain_spawn_failure(program, spawned_child.error());
  }
  child = std::move(*spawned_child);
  spawned_at = std::chrono::steady_clock::now();
  phases.spawned(spawned_at);
  sent_signal = 0;
  record_start();
  return spawned{};
}

void supervisor::implementation::begin_watching_memory() {
  if (std::exchange(watched_pid, child->pid()) != child->pid())
    oom.begin(child->pid(), settings.cgroup.folder);
}

// For what nobody here did, the kernel is asked, and how much memory there is at this moment.
exited supervisor::implementation::explain(launcher::exit_status status) const {
  launcher::exit_facts facts{
      .status = status,
      .last_lines = lines_since_start(present_log(), launcher::lines_of_an_exit),
      .sent_signal = sent_signal};
  const bool is_riddle = status.unknown || status.signal == SIGKILL;
  if (is_riddle && sent_signal != SIGKILL) {
    facts.oom_kill = oom.evidence();
    const auto host = launcher::read_host_memory("/");
    facts.memory_left = host.left();
    facts.stalled = host.stalled;
  }
  auto why = launcher::explain_exit(facts);
  auto& lines = facts.last_lines;
  if (lines.size() > lines_in_reason) lines.erase(lines.begin(), lines.end() - lines_in_reason);
  return {status, std::move(lines), std::move(why)};
}

void supervisor::implementation::announce_start() {
  record = {.instance = settings.instance.name,
            .role = settings.instance.role,
            .generation = fsm.generation(),
            .process = {launcher::read_boot_id(), 0, launcher::ticks_since_boot()},
            .argv = settings.command.words(),
            .environment = settings.command.environment,
            .port = settings.instance.port,
            .model = settings.model,
            .slots = settings.slots,
            .served = {},
            .log = settings.log,
            .started_at = std::time(nullptr),
            .crashes = fsm.crashes(),
            .restarts = fsm.restarts()};
  records.announce(record);
}

void supervisor::implementation::record_start() {
  const auto birth = launcher::read_birth(child->pid());
  if (!birth) return;  // ended already, as will be told
  record.process.pid = child->pid();
  record.process.start_time = birth->start_time;
  records.announce(record);  // a flush takes its time, in which a daemon may end
  records.write(record);
}

}  // namespace rolecall::supervision
