#include "orchestrator/supervision/adoption_facts.hpp"

#include "launcher/port_owner.hpp"
#include "launcher/process.hpp"
#include "orchestrator/supervision/port_listener.hpp"
#include "orchestrator/supervision/readiness_probe.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <sys/stat.h>

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

using arguments_by_pid = std::map<int, std::vector<std::string>>;

// A thread each, left behind when its process keeps it waiting: it ends with that. Without those
// that did not tell.
arguments_by_pid read_all_arguments(const std::vector<int>& pids) {
  struct shared_result {
    std::mutex mutex;
    std::condition_variable arrival;
    arguments_by_pid read;
  };
  const auto result = std::make_shared<shared_result>();
  for (const int pid : pids)
    std::thread([result, pid] {
      auto words = launcher::read_arguments(pid);
      const std::lock_guard lock(result->mutex);
      result->read[pid] = std::move(words);
      result->arrival.notify_one();
    }).detach();
  std::unique_lock lock(result->mutex);
  result->arrival.wait_until(lock, steady_clock::now() + examination_time,
                             [&] { return result->read.size() == pids.size(); });
  auto told = result->read;
  std::erase_if(told, [](const auto& process) { return process.second.empty(); });
  return told;
}

bool is_alive(const launcher::process_identity& identity) {
  asio::io_context nobody_waits;
  const auto held = launcher::process::adopt(nobody_waits.get_executor(), identity);
  if (held.has_error() && held.error() != boost::system::errc::no_such_process)
    throw boost::system::system_error(held.error(),
                                      "cannot look at pid " + std::to_string(identity.pid));
  return held.has_value();
}

// Neither look takes a lock that a load holds.
bool has_log_or_port(int pid, const instance_record& record) {
  struct stat output {};
  struct stat log {};
  if (::stat(("/proc/" + std::to_string(pid) + "/fd/1").c_str(), &output) == 0 &&
      ::stat(record.log.c_str(), &log) == 0 && S_ISREG(log.st_mode) &&
      output.st_dev == log.st_dev && output.st_ino == log.st_ino)
    return true;
  const auto sockets = listening_inodes(record.port);
  return sockets && launcher::holds_socket(pid, *sockets);
}

// The daemon died between announcing a start and knowing the pid: its child has the announced
// arguments, and nobody else. One that does not show them yet, or keeps their reader waiting, is
// known by what it writes to or where it listens.
void find_announced(std::vector<recorded_process>& found) {
  auto earliest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [record, facts] : found)
    if (record.process.pid == 0) earliest = std::min(earliest, record.process.start_time);
  if (earliest == std::numeric_limits<std::uint64_t>::max()) return;

  std::vector<int> pids;
  const auto leaders = launcher::group_leaders_since(earliest);
  for (const auto& leader : leaders) pids.push_back(leader.pid);
  const auto arguments = read_all_arguments(pids);
  for (auto& [record, facts] : found) {
    auto& process = record.process;
    if (process.pid != 0) continue;
    std::vector<launcher::process_identity> candidates;
    std::ranges::copy_if(leaders, std::back_inserter(candidates), [&](const auto& leader) {
      return leader.boot_id == process.boot_id && leader.start_time >= process.start_time;
    });
    const auto shows_arguments = [&, argv = record.argv](const auto& candidate) {
      const auto words = arguments.find(candidate.pid);
      return words != arguments.end() && launcher::are_arguments_of(argv, words->second);
    };
    const auto works_for_it = [&announced = record](const auto& candidate) {
      return has_log_or_port(candidate.pid, announced);
    };
    auto match = std::ranges::find_if(candidates, shows_arguments);
    if (match == candidates.end()) match = std::ranges::find_if(candidates, works_for_it);
    if (match != candidates.end())
      process = *match;
    else
      facts.undecided = std::ranges::any_of(
          candidates, [&](const auto& candidate) { return !arguments.contains(candidate.pid); });
  }
}

void find_listener(recorded_process& found) {
  const auto port = found.record.port;
  const auto pid = found.record.process.pid;
  const auto sockets = listening_inodes(port);
  if (sockets && launcher::holds_socket(pid, *sockets)) {
    found.facts.listener = process_facts::port::itself;
    return;
  }
  const auto owner = launcher::find_port_owner(port, pid);
  switch (owner.who) {
    case launcher::port_owner::kind::nobody:
      break;
    case launcher::port_owner::kind::ours:
      found.facts.listener = process_facts::port::itself;
      break;
    case launcher::port_owner::kind::stranger:
      found.facts.listener = process_facts::port::stranger;
      found.facts.owner = launcher::describe(owner, port);
      break;
  }
}

void ask_all(std::vector<recorded_process>& found) {
  asio::io_context loop(1);
  const auto deadline = steady_clock::now() + examination_time;
  for (auto& process : found)
    if (process.facts.listener == process_facts::port::itself)
      asio::co_spawn(
          loop, ask_server(process.record.port, deadline),
          [&process](const std::exception_ptr& failure, const std::optional<served_model>& served) {
            if (failure) std::rethrow_exception(failure);
            process.facts.healthy = served.has_value();
            if (served) process.facts.served = *served;
          });
  loop.run();
}

}  // namespace

std::vector<recorded_process> examine(std::vector<instance_record> records) {
  std::vector<recorded_process> found;
  for (auto& record : records) found.push_back({std::move(record), {}});
  find_announced(found);

  std::vector<int> pids;
  for (auto& [record, facts] : found) {
    facts.alive = is_alive(record.process);
    if (facts.alive) pids.push_back(record.process.pid);
  }
  const auto arguments = read_all_arguments(pids);
  for (auto& process : found) {
    if (!process.facts.alive) continue;
    if (const auto words = arguments.find(process.record.process.pid); words != arguments.end())
      process.facts.arguments = words->second;
    find_listener(process);
  }
  ask_all(found);
  // Whoever ended meanwhile may have left pid and port to somebody else.
  for (auto& [record, facts] : found) facts.alive = facts.alive && is_alive(record.process);
  return found;
}

}  // namespace rolecall::supervision
