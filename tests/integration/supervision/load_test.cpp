#include "tests/integration/supervision/process_group.hpp"
#include "tests/integration/supervision/supervised.hpp"
#include "tests/support/http_client.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

TEST_CASE("supervisor: a start leads over starting to ready") {
  supervised instance({.knobs = {"--fake-load-ms", "50"}});
  CHECK(instance->state() == instance_state::stopped);
  CHECK(instance->pid() == 0);
  instance->start();
  CHECK(instance.next(instance_state::starting) ==
        transition{instance_state::stopped, instance_state::starting, "", false});
  CHECK(instance.next(instance_state::ready) ==
        transition{instance_state::starting, instance_state::ready, "", false});
  CHECK(instance->state() == instance_state::ready);
  CHECK(instance->generation() == 1);
  CHECK(instance->restarts() == 0);
  CHECK(instance->last_load() >= 50ms);
  const auto state = request(instance.port(), "GET", "/fake/state");
  CHECK(state.body.find("\"pid\":" + std::to_string(instance->pid()) + ",") != std::string::npos);
}

TEST_CASE("supervisor: a second start changes nothing") {
  supervised instance({});
  instance.become_ready();
  const auto pid = instance->pid();
  instance->start();
  instance.poll();
  CHECK(instance->pid() == pid);
  CHECK(instance->generation() == 1);
}

TEST_CASE("supervisor: a load that writes nothing to its log becomes ready all the same") {
  supervised instance({.knobs = {"--fake-load-ms", "300"}});
  instance->start();
  CHECK(instance.next(instance_state::ready).reason == "");
}

TEST_CASE("supervisor: a load that only computes goes on, and has read what it reads") {
  supervised_settings settings{.knobs = {"--fake-hang-load", "--fake-busy"}};
  settings.timeouts.ready_stall = 4s;  // a twentieth of which a busy host, too, leaves to it
  int looks = 0;
  supervised instance(std::move(settings));
  instance->take_turns(true, [&] { ++looks; });
  instance->start();
  instance.run_until([&] { return looks == 1; });
  CHECK(instance->awaits_turn());
  CHECK_FALSE(instance->has_read());
  instance->take_turn();
  instance.run_until([&] { return looks == 2; });
  CHECK(instance->has_read());
  CHECK(instance->state() == instance_state::starting);
}

TEST_CASE("supervisor: a load without progress is killed and counts as a crash") {
  for (const auto* knob : {"--fake-hang-load", "--fake-silent-health", "--fake-no-listen"}) {
    CAPTURE(knob);
    supervised_settings settings{.knobs = {knob}};
    settings.restart.limit = 1;
    settings.timeouts.ready_stall = 1s;
    supervised instance(std::move(settings));
    instance->start();
    CHECK(instance.next(instance_state::stopping).reason ==
          "stalled: the load made no progress for 1s");
    const auto failure = instance.next(instance_state::failed);
    CHECK(
        failure.reason.starts_with("stalled: the load made no progress for 1s\nlast log lines:\n"));
    CHECK(instance->pid() == 0);
  }
}

TEST_CASE("supervisor: cancelling ends it at once and leaves the child running") {
  for (const auto* knob : {"--metrics", "--fake-hang-load", "--fake-silent-health"}) {
    CAPTURE(knob);
    pid_t pid = 0;
    {
      supervised instance({.knobs = {knob}});
      instance->start();
      instance.next(instance_state::starting);
      // Until a connection stands, so that a probe is under way.
      instance.run_until(
          [&] { return instance.log_text().find("loading model") != std::string::npos; });
      pid = instance->pid();
      REQUIRE(pid > 0);
      CHECK(instance.cancel());
    }
    CHECK(living_in_group(pid) == std::vector<pid_t>{pid});
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}
