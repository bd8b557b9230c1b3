#include "orchestrator/supervision/spawn_failure.hpp"

#include <cerrno>

#include <doctest/doctest.h>

using namespace rolecall::supervision;

namespace {

spawn_failed failure(int error) {
  return explain_spawn_failure("/bin/x", {error, boost::system::system_category()});
}

}  // namespace

TEST_CASE("spawn failure: a host that has run out of something is told with the remedy") {
  for (const int error : {EAGAIN, EMFILE, ENFILE, ENOMEM}) {
    CAPTURE(error);
    CHECK(failure(error).passing);
  }
  CHECK(failure(EAGAIN).reason ==
        "cannot start /bin/x: Resource temporarily unavailable (no more processes are allowed; see "
        "ulimit -u, the unit's TasksMax and pids.max)");
}

TEST_CASE("spawn failure: a control group is refused for a while, or for good, like a program") {
  const auto short_of_memory = explain_cgroup_failure({ENOMEM, "cannot make the group: no memory"});
  CHECK(short_of_memory.passing);
  CHECK(short_of_memory.reason ==
        "cannot make the group: no memory (the host has no memory for another process)");
  CHECK_FALSE(explain_cgroup_failure({EACCES, "cannot make the group: denied"}).passing);
}

TEST_CASE("spawn failure: a program that is not there will not come by waiting") {
  CHECK_FALSE(failure(ENOENT).passing);
  CHECK_FALSE(failure(EACCES).passing);
  CHECK(failure(ENOENT).reason == "cannot start /bin/x: No such file or directory");
}
