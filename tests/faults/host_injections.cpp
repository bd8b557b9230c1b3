// The second part of injections: what the host refuses.
#include "tests/faults/control_group.hpp"
#include "tests/faults/injections.hpp"
#include "tests/faults/wait_until.hpp"
#include "tests/support/file_text.hpp"

#include <fstream>
#include <thread>

#include <signal.h>
#include <sys/resource.h>

namespace rolecall::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// No connection is taken and no process started while it lasts; then all goes on.
void injections::use_up_descriptors() {
  constexpr rlim_t none = 3;  // what is open stays open
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a fault");
  const auto pid = fleet_.daemon().pid();
  const auto role = next_hot_role();
  const auto refused_before = refused_starts();
  const auto fault = record_.begin("descriptors: none left", everybody());
  rlimit before{};
  ::prlimit(pid, RLIMIT_NOFILE, nullptr, &before);
  kill_child(role);
  const rlimit none_left{.rlim_cur = none, .rlim_max = before.rlim_max};
  ::prlimit(pid, RLIMIT_NOFILE, &none_left, nullptr);
  if (wait_until([&] { return refused_starts() > refused_before; }))
    record_.noticed(fault);
  else
    record_.not_back(role + " does not tell that no descriptor is left");
  ::prlimit(pid, RLIMIT_NOFILE, &before, nullptr);
  record_.end(fault);
  recover(fault);
}

// Asked of its log: no door of the daemon takes a connection without a descriptor.
std::size_t injections::refused_starts() const {
  constexpr std::string_view told = "Too many open files (rolecalld has no descriptor left";
  const auto log = file_text(fleet_.folder() / "rolecalld.log");
  std::size_t count = 0;
  for (auto at = log.find(told); at != std::string::npos; at = log.find(told, at + 1)) ++count;
  return count;
}

// The daemon may start no process: the HOT role that died waits, WARM ones cannot be loaded, who is
// ready goes on.
void injections::refuse_forks() {
  constexpr const char* kind = "processes: none may be started";
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a fault");
  control_group group("pids");
  if (!group.exists() || !group.take(fleet_.daemon().pid()))
    return record_.left_out(kind, "no control group of processes is to be had here");
  const auto role = next_hot_role();
  const auto fault = record_.begin(kind, {role, "left", "right"});
  if (!group.limit(group.current())) record_.not_back("processes cannot be limited");
  kill_child(role);
  if (wait_until([&] { return fleet_.daemon().reason_kind(role) == "cannot_start"; }))
    record_.noticed(fault);
  else
    record_.not_back(role + " does not tell that no process can be started");
  if (!group.limit("max")) record_.not_back("the limit of processes cannot be lifted");
  wait_until_ready(role);
  record_.end(fault);
  recover(fault);
}

// The folders of records and logs are on disks that have no room.
void injections::fill_disks() {
  const auto disks = fleet_.own_disks();
  constexpr const char* kind = "disks of records and logs: full";
  if (disks.empty()) return record_.left_out(kind, "no file system can be mounted here");
  const auto role = next_hot_role();
  const auto fault = record_.begin(kind, {role});
  for (const auto& disk : disks) fill(disk / "filler");
  kill_child(role);
  const bool is_counted = wait_until([&] {
    return fleet_.daemon().admin_get("/metrics").body.find("rolecall_dropped_writes_total{") !=
           std::string::npos;
  });
  if (is_counted)
    record_.noticed(fault);
  else
    record_.not_back("no dropped write is counted");
  wait_until_ready(role);
  for (const auto& disk : disks) fs::remove(disk / "filler");
  record_.end(fault);
  recover(fault);
}

// The kernel kills a process while it loads, for a limit that the planner does not know.
void injections::starve_of_memory() {
  constexpr const char* kind = "child: out of memory";
  const auto role = next_hot_role();
  auto& daemon = fleet_.daemon();
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a fault");
  control_group group("memory");
  if (!group.exists() || !group.limit("1M"))
    return record_.left_out(kind, "no control group of memory is to be had here");
  const auto fault = record_.begin(kind, {role});
  const auto old = kill_child(role);
  pid_t next = 0;
  const bool is_caught = wait_until([&] {
    next = daemon.child(role);
    return next != 0 && next != old && group.take(next);
  });
  if (is_caught && wait_until([&] { return daemon.reason_kind(role) == "out_of_memory"; }))
    record_.noticed(fault);
  else
    record_.not_back(role + " was killed for its memory and tells '" + daemon.reason_kind(role) +
                     "'");
  wait_until_ready(role);
  record_.end(fault);
  recover(fault);
}

// The wall clock jumps a day ahead, and two back: nothing that is timed may feel it.
void injections::turn_clock() {
  constexpr const char* kind = "wall clock: jumps";
  const fs::path library = "/usr/lib/" ROLECALL_LIBRARY_TRIPLET "/faketime/libfaketimeMT.so.1";
  if (!fs::exists(library)) return record_.left_out(kind, "libfaketime is not installed");
  const auto clock = fleet_.folder() / "clock";
  const auto turn = [&](const char* by) {
    std::ofstream(clock.string() + ".new") << by << '\n';
    fs::rename(clock.string() + ".new", clock);
  };
  const auto restart = [&](const std::vector<std::string>& environment) {
    const auto killed = record_.begin("rolecalld: kill -9 at rest", everybody());
    fleet_.kill_daemon();
    fleet_.start_daemon(environment);
    record_.end(killed);
    recover(killed);
  };
  turn("+0");
  restart({"LD_PRELOAD=" + library.string(), "FAKETIME_TIMESTAMP_FILE=" + clock.string(),
           "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"});
  for (const auto* by : {"+86400", "-86400", "+0"}) {
    const auto fault = record_.begin(kind, {});
    const auto answers = record_.answers();
    turn(by);
    if (!wait_until([&] { return record_.answers() >= answers + 30; }))
      record_.not_back("nobody is answered after a jump of the clock");
    record_.end(fault);
    recover(fault);
  }
  restart({});
}

}  // namespace rolecall::test
