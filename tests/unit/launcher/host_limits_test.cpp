#include "launcher/host_limits.hpp"

#include "tests/unit/registry/temporary_folder.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace rolecall::launcher;
namespace registry = rolecall::registry;

namespace {

constexpr byte_count gib = 1ULL << 30;

directory_room readable_directory() {
  directory_room room;
  room.wanted = {"model_dirs", "/models"};
  room.exists = true;
  room.readable = true;
  return room;
}

directory_room writable_directory() {
  auto room = readable_directory();
  room.wanted = {"log_dir", "/var/log/rolecall", 64U << 20U};
  room.writable = true;
  room.free = 10 * gib;
  room.free_inodes = 100'000;
  return room;
}

/// A host on which nothing is wrong, and what a fleet wants of it.
host_limits good_host() {
  host_limits limits;
  limits.host.memory.total = 512 * gib;
  limits.host.memory.available = 500 * gib;
  limits.host.transparent_huge_pages = "madvise";
  limits.host.numa_balancing = false;
  limits.host.governors = {"performance"};
  limits.shape.nodes = {{.id = 0, .cpus = {0}}, {.id = 1, .cpus = {1}}};
  limits.shape.numactl = "/usr/bin/numactl";
  limits.memlock = host_limits::limit{};
  limits.open_files = host_limits::limit{1U << 19U};
  limits.processes = host_limits::limit{};
  limits.tasks = host_limits::limit{100'000};
  limits.swap = 8 * gib;
  limits.swappiness = 1;
  limits.overcommit = 0;
  limits.commit_limit = 400 * gib;
  limits.clock_synchronised = true;
  limits.directories = {readable_directory(), writable_directory()};
  held_port free;
  free.wanted = {8080, "the front door", {}};
  held_port ours;
  ours.wanted = {8081, "instance coder", "/var/log/rolecall/coder.log"};
  ours.ours = true;
  ours.holder = "port 8081 is taken by pid 7 (llama-server)";
  limits.ports = {free, ours};
  limits.engines = {{"/usr/bin/llama-server", "0.7.0", ""}};
  return limits;
}

fleet_demand demand() {
  fleet_demand wanted;
  wanted.locking_roles = {"coder"};
  wanted.placed_roles = {"coder", "worker"};
  wanted.budget = 400 * gib;
  wanted.descriptors = 4000;
  wanted.threads = 2000;
  return wanted;
}

const limit_finding* find(const std::vector<limit_finding>& all, const std::string& check) {
  const auto found = std::ranges::find(all, check, &limit_finding::check);
  return found == all.end() ? nullptr : &*found;
}

struct fault {
  const char* check;
  verdict result;
  const char* word;  ///< in the finding
  std::function<void(host_limits&)> make;
};

}  // namespace

TEST_CASE("host limits: a host that has what the fleet wants gets a finding for each check") {
  const auto all = judge(good_host(), demand());
  CHECK(all.size() == 15);
  for (const auto& finding : all) {
    CAPTURE(finding.check);
    CAPTURE(finding.finding);
    CHECK(finding.result == verdict::fine);
    CHECK_FALSE(finding.finding.empty());
    CHECK(finding.remedy.empty());
  }
}

TEST_CASE("host limits: each thing that is wrong is found by its check alone, with a remedy") {
  const std::vector<fault> faults{
      {"memlock", verdict::bites, "coder", [](auto& l) { l.memlock->most = 65536; }},
      {"open files", verdict::bites, "1024", [](auto& l) { l.open_files->most = 1024; }},
      {"threads", verdict::bites, "ulimit -u", [](auto& l) { l.processes->most = 1999; }},
      {"threads", verdict::bites, "pids.max", [](auto& l) { l.tasks->most = 1999; }},
      {"log_dir", verdict::bites, "written to", [](auto& l) { l.directories[1].writable = false; }},
      {"log_dir", verdict::bites, "1.0 MiB free",
       [](auto& l) { l.directories[1].free = 1U << 20U; }},
      {"log_dir", verdict::costs, "65.0 MiB free",
       [](auto& l) {
         l.directories[1].free = 65U << 20U;
         l.directories[1].wanted.bytes = gib;
       }},
      {"log_dir", verdict::bites, "inodes", [](auto& l) { l.directories[1].free_inodes = 3; }},
      {"model_dirs", verdict::bites, "exist", [](auto& l) { l.directories[0].exists = false; }},
      {"model_dirs", verdict::bites, "read", [](auto& l) { l.directories[0].readable = false; }},
      {"ports", verdict::bites, "nginx",
       [](auto& l) { l.ports[0].holder = "port 8080 is taken by pid 9 (nginx)"; }},
      {"NUMA policy", verdict::bites, "forbidden",
       [](auto& l) { l.shape.memory_policy_allowed = false; }},
      {"NUMA policy", verdict::bites, "numactl", [](auto& l) { l.shape.numactl.clear(); }},
      {"numa_balancing", verdict::costs, "moves", [](auto& l) { l.host.numa_balancing = true; }},
      {"huge pages", verdict::costs, "never",
       [](auto& l) { l.host.transparent_huge_pages = "never"; }},
      {"CPU governor", verdict::costs, "powersave",
       [](auto& l) {
         l.host.governors = {"performance", "powersave"};
       }},
      {"swap", verdict::costs, "swappiness 60", [](auto& l) { l.swappiness = 60; }},
      {"overcommit", verdict::bites, "committed",
       [](auto& l) {
         l.overcommit = 2;
         l.commit_limit = gib;
       }},
      {"memory budget", verdict::bites, "cgroup /a",
       [](auto& l) {
         l.host.memory.cgroup = cgroup_memory{64 * gib, 60 * gib, "/a"};
       }},
      {"clock", verdict::costs, "drift", [](auto& l) { l.clock_synchronised = false; }},
      {"engine", verdict::bites, "cannot run",
       [](auto& l) { l.engines[0].problem = "cannot run x"; }},
  };
  for (const auto& fault : faults) {
    CAPTURE(fault.check);
    auto limits = good_host();
    fault.make(limits);
    const auto all = judge(limits, demand());
    const auto* finding = find(all, fault.check);
    REQUIRE(finding != nullptr);
    CHECK(finding->result == fault.result);
    CAPTURE(finding->finding);
    CHECK(finding->finding.find(fault.word) != std::string::npos);
    CHECK_FALSE(finding->remedy.empty());
    CHECK(std::ranges::count(all, verdict::fine, &limit_finding::result) ==
          static_cast<std::ptrdiff_t>(all.size()) - 1);
  }
}

TEST_CASE("host limits: a limit that no role runs into does not bite") {
  auto limits = good_host();
  limits.memlock->most = 65536;
  limits.shape.memory_policy_allowed = false;
  auto wanted = demand();
  wanted.locking_roles.clear();
  wanted.placed_roles.clear();
  for (const auto& finding : judge(limits, wanted)) CHECK(finding.result == verdict::fine);
}

TEST_CASE("host limits: logs that are there already need no second room") {
  auto limits = good_host();
  auto& logs = limits.directories[1];
  logs.wanted.bytes = gib;
  logs.free = 100U << 20U;
  logs.used = gib;
  CHECK(find(judge(limits, demand()), "log_dir")->result == verdict::fine);
}

TEST_CASE("host limits: what only rolecalld's user can tell is unknown, and names that user") {
  auto limits = good_host();
  limits.user = "rolecall";
  limits.directories[0].readable.reset();
  limits.directories[1].writable.reset();
  limits.ports[1].ours = false;
  limits.ports[1].is_hidden = true;
  const auto all = judge(limits, demand());
  for (const auto* check : {"model_dirs", "log_dir", "ports"}) {
    CAPTURE(check);
    const auto* finding = find(all, check);
    REQUIRE(finding != nullptr);
    CHECK(finding->result == verdict::unknown);
    CHECK(finding->remedy == "run: sudo -u rolecall rolectl doctor");
  }
  CHECK(find(all, "ports")->finding.find("8081") != std::string::npos);
  // A disk without room is one for every user.
  limits.directories[1].free = 0;
  CHECK(find(judge(limits, demand()), "log_dir")->result == verdict::bites);
}

TEST_CASE("host limits: a shell's limits cost at most, for the unit may set others") {
  auto limits = good_host();
  limits.of_shell = true;
  limits.memlock->most = 65536;
  limits.open_files->most = 1024;
  limits.tasks->most = 10;
  limits.host.memory.cgroup = cgroup_memory{64 * gib, 60 * gib, "/a"};
  const auto all = judge(limits, demand());
  for (const auto* check : {"memlock", "open files", "threads", "memory budget"}) {
    CAPTURE(check);
    CHECK(find(all, check)->result == verdict::costs);
  }
  limits.host.memory.total = 100 * gib;  // the host's own is no shell's
  CHECK(find(judge(limits, demand()), "memory budget")->result == verdict::bites);
}

TEST_CASE("host limits: a budget of nothing bites") {
  auto wanted = demand();
  wanted.budget = 0;
  CHECK(find(judge(good_host(), wanted), "memory budget")->result == verdict::bites);
}

TEST_CASE("host limits: one node needs no NUMA policy and no calm balancer") {
  auto limits = good_host();
  limits.shape.nodes.pop_back();
  limits.shape.numactl.clear();
  limits.host.numa_balancing = true;
  const auto all = judge(limits, demand());
  CHECK(find(all, "NUMA policy")->result == verdict::fine);
  CHECK(find(all, "numa_balancing")->result == verdict::fine);
}

TEST_CASE("host limits: a host that tells nothing yields no finding that bites but its folders'") {
  const registry::testing::temporary_folder tree;
  auto wanted = demand();
  wanted.directories = {{"model_dirs", "/models"}};
  wanted.ports = {{8080, "the front door", {}}};
  const auto limits = read_host_limits(tree.path(), wanted, depth::thorough);
  CHECK(limits.ports.empty());
  CHECK_FALSE(limits.memlock);
  const auto all = judge(limits, wanted);
  for (const auto& finding : all)
    CHECK((finding.result == verdict::fine) == (finding.check != "model_dirs"));
}

TEST_CASE("host limits: limits and settings are read from a tree") {
  const registry::testing::temporary_folder tree;
  tree.write("proc/self/limits",
             "Limit                     Soft Limit           Hard Limit           Units     \n"
             "Max processes             4127                 unlimited            processes \n"
             "Max open files            1024                 524288               files     \n"
             "Max locked memory         8388608              unlimited            bytes     \n");
  tree.write("proc/self/cgroup", "0::/a/b\n");
  tree.write("sys/fs/cgroup/a/pids.max", "100\n");
  tree.write("sys/fs/cgroup/a/pids.current", "90\n");
  tree.write("sys/fs/cgroup/a/b/pids.max", "max\n");
  tree.write("sys/fs/cgroup/a/b/pids.current", "80\n");
  tree.write("proc/sys/vm/swappiness", "60\n");
  tree.write("proc/sys/vm/overcommit_memory", "2\n");
  tree.write("proc/meminfo",
             "MemTotal: 1000 kB\nMemAvailable: 900 kB\nSwapTotal: 16 kB\nCommitLimit: 100 "
             "kB\nCommitted_AS: 60 kB\n");
  tree.write("logs/a.log", "12345");
  fleet_demand wanted;
  wanted.directories = {{"log_dir", "/logs", 100}, {"state_dir", "/not/there", 100}};
  const auto limits = read_host_limits(tree.path(), wanted, depth::quick);
  REQUIRE(limits.memlock);
  CHECK(limits.memlock->most == 8388608U);
  REQUIRE(limits.open_files);
  CHECK(limits.open_files->most == 524288U);
  REQUIRE(limits.tasks);
  CHECK(limits.tasks->most == 100U);
  CHECK(limits.swap == 16 * 1024U);
  CHECK(limits.swappiness == 60);
  CHECK(limits.overcommit == 2);
  CHECK(limits.commit_limit == 100 * 1024U);
  REQUIRE(limits.directories.size() == 2);
  CHECK(limits.directories[0].exists);
  CHECK(limits.directories[0].used == 5);
  CHECK(limits.directories[0].free.value_or(0) > 0);
  CHECK_FALSE(limits.directories[1].exists);
  CHECK(limits.directories[1].free.value_or(0) > 0);
}

TEST_CASE("host limits: who may lock memory beyond its limit has none") {
  const registry::testing::temporary_folder tree;
  tree.write("proc/self/limits",
             "Max locked memory         8388608              unlimited            bytes     \n");
  tree.write("proc/self/status", "Name:\trolecalld\nCapEff:\t0000000000003fff\n");
  CHECK(read_host_limits(tree.path(), {}, depth::quick).memlock->most == 8388608U);
  tree.write("proc/self/status", "Name:\trolecalld\nCapEff:\t0000000000004000\n");
  CHECK_FALSE(read_host_limits(tree.path(), {}, depth::quick).memlock->most);
}

TEST_CASE("host limits: directories of another user's daemon are not judged by what root may do") {
  const auto* nobody = ::getpwnam("nobody");
  if (::geteuid() != 0 || nobody == nullptr) {
    MESSAGE("skipped: this user may not give files away");
    return;
  }
  const registry::testing::temporary_folder tree;
  tree.write("state/a.json", "");
  REQUIRE(::chown((tree.path() / "state").c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  fleet_demand wanted;
  wanted.directories = {
      {"model_dirs", "/state"}, {"state_dir", "/state", 100}, {"log_dir", "/not/there", 100}};
  const auto asked = read_host_limits(tree.path(), wanted, depth::thorough);
  CHECK(asked.user == "nobody");
  CHECK(asked.directories[0].exists);
  CHECK_FALSE(asked.directories[0].readable);
  CHECK_FALSE(asked.directories[1].writable);
  CHECK_FALSE(asked.directories[2].exists);
  CHECK(asked.directories[2].writable == false);
  // A daemon that starts asks for itself.
  const auto starting = read_host_limits(tree.path(), wanted, depth::quick);
  CHECK(starting.user.empty());
  CHECK(starting.directories[0].readable == true);
}

TEST_CASE("fleet demand: it follows from roles, doors and limits of the registry") {
  registry::model_registry all;
  all.host.listen = {{"127.0.0.1", 8070}};
  all.host.admin = {registry::unix_endpoint{"/run/a.sock"}};
  all.host.model_dirs = {"/models"};
  all.host.log_dir = "/logs";
  all.host.log_limit = 1000;
  registry::role coder;
  coder.name = "coder";
  coder.ports = {9001, 9002};
  coder.load_mode = registry::load_mode::mmap_mlock;
  coder.threads = 8;
  coder.cgroup.cpu_weight = 50;
  registry::role shared = coder;
  shared.name = "shared";
  shared.shares = "coder";
  shared.ports.clear();
  registry::role draft;
  draft.name = "draft";
  draft.tier = registry::tier::draft;
  draft.load_mode = registry::load_mode::mlock;
  all.roles = {coder, shared, draft};

  const auto wanted = demand_of(all, 77, 4);
  CHECK(wanted.budget == 77);
  CHECK(wanted.locking_roles == std::vector<std::string>{"coder"});
  CHECK(wanted.placed_roles == std::vector<std::string>{"coder"});
  CHECK(wanted.limited_roles == std::vector<std::string>{"coder"});
  CHECK(wanted.engines.size() == 1);
  REQUIRE(wanted.ports.size() == 3);
  CHECK(wanted.ports[1].log == "/logs/coder-2.log");
  CHECK(wanted.ports[2].user == "the front door");
  REQUIRE(wanted.directories.size() == 3);
  CHECK(wanted.directories[2].bytes == 2 * 2 * 1000);
  CHECK(wanted.threads > 2 * 8);
  CHECK(wanted.descriptors > 2 * 64);
}
