// The second part of injections: what the host refuses.
#include "tests/faults/control_group.hpp"
#include "tests/faults/injections.hpp"
#include "tests/faults/wait_until.hpp"

#include <fstream>
#include <iterator>
#include <thread>

#include <signal.h>
#include <sys/resource.h>

namespace rolecall::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Until the disk takes no more.
void fill(const fs::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::app);
  const std::string piece(4096, 'x');
  while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
  }
}

}  // namespace

// No connection is taken and no process started while it lasts; then all goes on.
void injections::use_up_descriptors() {
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a fault");
  const auto pid = fleet_.daemon().pid();
  const auto role = next_hot_role();
  const auto started = fleet_.daemon().generation(role);
  rlimit before{};
  ::prlimit(pid, RLIMIT_NOFILE, nullptr, &before);
  const auto fault = record_.begin("descriptors: none left", everybody());
  const auto child = fleet_.daemon().child(role);
  const rlimit none_left{.rlim_cur = entries("/proc/" + std::to_string(pid) + "/fd"),
                         .rlim_max = before.rlim_max};
  ::prlimit(pid, RLIMIT_NOFILE, &none_left, nullptr);
  if (child != 0) ::kill(child, SIGKILL);
  std::this_thread::sleep_for(1s);
  ::prlimit(pid, RLIMIT_NOFILE, &before, nullptr);
  record_.end(fault);
  recover(fault);
  if (fleet_.daemon().generation(role) <= started)
    record_.not_back(role + " was not started again");
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
    turn(by);
    std::this_thread::sleep_for(1s);  // clients load and evict meanwhile
    record_.end(fault);
    recover(fault);
  }
  restart({});
}

}  // namespace rolecall::test
