#include "launcher/placement.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::launcher;
using namespace rolecall::launcher::test;
using registry::numa_policy;

namespace {

std::string notices(const launch_case& c) {
  const auto built = c.build();
  REQUIRE(built.has_value());
  std::string text;
  for (const auto& notice : built->notices) text += notice + "\n";
  return text;
}

/// Everything in front of the binary.
std::string wrapper(const launch_case& c) {
  const auto line = c.line();
  return line.substr(1, line.find("/usr/bin/llama-server") - 1);
}

std::string threads(const launch_case& c) {
  const auto line = c.line();
  constexpr std::string_view flag = " --threads ";
  const auto at = line.find(flag) + flag.size();
  return line.substr(at, line.find(' ', at) - at);
}

}  // namespace

TEST_CASE("placement: interleaving over all nodes binds no CPUs and uses every physical core") {
  launch_case c;
  CHECK(wrapper(c) == "/usr/bin/numactl --interleave=all ");
  CHECK(threads(c) == "96");
}

TEST_CASE("placement: a list of nodes binds threads to their CPUs as well") {
  launch_case c;
  c.role().numa = {.policy = numa_policy::interleave, .nodes = "1", .cpus = ""};
  CHECK(wrapper(c) == "/usr/bin/numactl --interleave=1 --cpunodebind=1 ");
  CHECK(threads(c) == "48");
  c.role().numa.policy = numa_policy::membind;
  CHECK(wrapper(c) == "/usr/bin/numactl --membind=1 --cpunodebind=1 ");
  c.role().numa.policy = numa_policy::preferred;
  CHECK(wrapper(c) == "/usr/bin/numactl --preferred=1 --cpunodebind=1 ");
}

TEST_CASE("placement: named CPUs take the place of the nodes' CPUs") {
  launch_case c;
  c.role().numa = {.policy = numa_policy::membind, .nodes = "0", .cpus = "0-23,96-119"};
  CHECK(wrapper(c) == "/usr/bin/numactl --membind=0 --physcpubind=0-23,96-119 ");
  CHECK(threads(c) == "24");
}

TEST_CASE("placement: no policy and no list means no wrapper") {
  launch_case c;
  c.role().numa.policy = numa_policy::none;
  CHECK(wrapper(c).empty());
  c.host.numactl.clear();
  CHECK(wrapper(c).empty());
}

TEST_CASE("placement: no policy with CPUs binds them alone") {
  launch_case c;
  c.role().numa = {.policy = numa_policy::none, .nodes = "all", .cpus = "4-7"};
  CHECK(wrapper(c) == "/usr/bin/numactl --physcpubind=4-7 ");
  CHECK(threads(c) == "4");
  c.host.numactl.clear();
  CHECK(wrapper(c) == "/usr/bin/taskset --cpu-list 4-7 ");
}

TEST_CASE("placement: threads as the role says, but never more than CPUs") {
  launch_case c;
  c.role().threads = 24;
  CHECK(threads(c) == "24");
  c.role().numa.cpus = "0-7";
  CHECK(threads(c) == "8");
  CHECK(contains(notices(c), "threads 24 is cut to 8"));
}

TEST_CASE("placement: threads follow the CPUs that this process is allowed") {
  launch_case c;
  c.role().threads = 96;
  c.host.allowed_cpus = {0, 1};
  CHECK(threads(c) == "2");
  c.role().threads = 0;
  c.host.allowed_cpus = {0, 1, 96, 97};
  CHECK(threads(c) == "2");
}

TEST_CASE("placement: a node that the host lacks is an error that names those it has") {
  launch_case c;
  c.role().numa.nodes = "1-3";
  CHECK(c.error() ==
        "cannot launch role coder: numa.nodes 1-3: this host has no node 2-3, its nodes are 0-1");
}

TEST_CASE("placement: a node outside the cpuset is an error that names those inside") {
  launch_case c;
  c.role().numa.nodes = "1";
  c.host.allowed_nodes = {0};
  CHECK(contains(c.error(), "the memory of node 1 is not in this process's cpuset, which has 0"));
}

TEST_CASE(
    "placement: a CPU that the host lacks is an error, one that may not be used is left out with a "
    "notice") {
  launch_case c;
  c.role().numa.cpus = "190-193";
  CHECK(contains(c.error(), "this host has no CPU 192-193, its CPUs are 0-191"));
  c.role().numa.cpus = "4-7";
  c.host.allowed_cpus = {0, 4, 5};
  CHECK(wrapper(c) == "/usr/bin/numactl --interleave=all --physcpubind=4-5 ");
  CHECK(contains(notices(c), "only 4-5 may be used"));
  c.host.allowed_cpus = {0};
  CHECK(contains(c.error(), "may not use any of CPUs 4-7, only 0"));
}

TEST_CASE("placement: lists that are none are errors") {
  launch_case c;
  c.role().numa.nodes = "first";
  CHECK(contains(c.error(), "numa.nodes: cannot read list \"first\""));
  c.role().numa = {.policy = numa_policy::none, .nodes = "all", .cpus = "0..3"};
  CHECK(contains(c.error(), "numa.cpus: cannot read list \"0..3\""));
}

TEST_CASE("placement: preferring several nodes is an error, preferring the only one is not") {
  launch_case c;
  c.role().numa.policy = numa_policy::preferred;
  CHECK(contains(c.error(), "preferred takes one node"));
  c.host.nodes.pop_back();
  CHECK(wrapper(c) == "/usr/bin/numactl --preferred=0 ");
}

TEST_CASE("placement: a policy without numactl installed is an error that says what to do") {
  launch_case c;
  c.host.numactl.clear();
  CHECK(c.error() ==
        "cannot launch role coder: numactl is not installed, and numa.policy is interleave: "
        "apt-get install numactl, "
        "or set numa: {policy: none}");
}

TEST_CASE(
    "placement: where memory policies are forbidden CPUs are still bound, and the rest is said") {
  launch_case c;
  c.host.memory_policy_allowed = false;
  CHECK(wrapper(c).empty());
  CHECK(contains(notices(c), "numa.policy interleave is not applied"));
  c.role().numa.nodes = "1";
  CHECK(wrapper(c) == "/usr/bin/taskset --cpu-list 48-95,144-191 ");
  c.host.taskset.clear();
  CHECK(wrapper(c).empty());
  CHECK(contains(notices(c), "threads are not bound to CPUs 48-95,144-191"));
}

TEST_CASE("placement: a node of memory alone needs CPUs named") {
  launch_case c;
  c.host.nodes.push_back({.id = 2, .cpus = {}, .memory_total = 1 << 30});
  c.host.allowed_nodes = {0, 1, 2};
  c.role().numa = {.policy = numa_policy::membind, .nodes = "2", .cpus = ""};
  CHECK(contains(c.error(), "name some in numa.cpus"));
  c.role().numa.cpus = "0-3";
  CHECK(wrapper(c) == "/usr/bin/numactl --membind=2 --physcpubind=0-3 ");
}
