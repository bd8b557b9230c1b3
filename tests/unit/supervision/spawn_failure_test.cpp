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

TEST_CASE("spawn failure: a program that is not there will not come by waiting") {
  CHECK_FALSE(failure(ENOENT).passing);
  CHECK_FALSE(failure(EACCES).passing);
  CHECK(failure(ENOENT).reason == "cannot start /bin/x: No such file or directory");
}
