#include "tests/integration/supervision/process_group.hpp"
#include "tests/integration/supervision/supervised.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

supervised_settings hot(std::vector<std::string> knobs) {
  supervised_settings settings{.knobs = std::move(knobs)};
  settings.restart.restarts = true;
  return settings;
}

}  // namespace

TEST_CASE("supervisor: what a killed child leaves of its group ends with it") {
  supervised instance({.knobs = {"--fake-spawn-child"}});
  instance.become_ready();
  const auto pid = instance->pid();
  REQUIRE(living_in_group(pid).size() == 2);
  ::kill(pid, SIGKILL);
  instance.next(instance_state::stopped);
  instance.run_until([&] { return living_in_group(pid).empty(); });
}

TEST_CASE("supervisor: a HOT child that is killed starts again after a backoff") {
  supervised instance(hot({}));
  instance.become_ready();
  const auto first = instance->pid();
  ::kill(first, SIGKILL);
  const auto crash = instance.next(instance_state::backoff);
  CHECK(crash.from == instance_state::ready);
  CHECK(crash.will_restart);
  CHECK(crash.reason.starts_with("crashed: signal 9 (SIGKILL), not sent by rolecalld: "));
  CHECK(instance->pid() == 0);
  CHECK(instance.next(instance_state::starting).reason == crash.reason);
  instance.next(instance_state::ready);
  CHECK(instance->pid() != first);
  CHECK(instance->restarts() == 1);
  CHECK(instance->generation() == 2);
}

TEST_CASE("supervisor: a WARM child that is killed is stopped, and starts on request") {
  supervised instance({});
  instance.become_ready();
  ::kill(instance->pid(), SIGKILL);
  const auto crash = instance.next(instance_state::stopped);
  CHECK(crash.reason.starts_with("crashed: signal 9 (SIGKILL)"));
  CHECK_FALSE(crash.will_restart);
  instance.become_ready();
  CHECK(instance->generation() == 2);
}

TEST_CASE("supervisor: a child that exits while it loads is noticed at once") {
  supervised instance({.knobs = {"--fake-exit-at-start", "3"}});
  instance->start();
  CHECK(instance.next(instance_state::stopped).reason ==
        "crashed: model file: srv  llama_server: error loading model: as told by "
        "--fake-exit-at-start "
        "(exit code 3)\nlast log lines:\n"
        "0.00.000.000 I srv  llama_server: error loading model: as told by --fake-exit-at-start");
}

TEST_CASE("supervisor: a child that exits by itself later is a crash too") {
  supervised instance({.knobs = {"--fake-exit-after-ms", "100"}});
  instance->start();
  CHECK(instance.next(instance_state::stopped)
            .reason.starts_with("crashed: exit code 1\nlast log lines:\n"));
}

TEST_CASE("supervisor: crashes in a row end in failed with the last log lines of the last start") {
  supervised instance(hot({"--fake-exit-at-start", "3"}));
  instance->start();
  const auto failure = instance.next(instance_state::failed);
  CHECK(failure.reason ==
        "crashed: model file: srv  llama_server: error loading model: as told by "
        "--fake-exit-at-start "
        "(exit code 3), 3 crashes in a row\nlast log lines:\n"
        "0.00.000.000 I srv  llama_server: error loading model: as told by --fake-exit-at-start");
  CHECK_FALSE(failure.will_restart);
  CHECK(instance->generation() == 3);
  CHECK(instance->restarts() == 2);
}

TEST_CASE("supervisor: a start from failed begins anew") {
  supervised instance(hot({"--fake-exit-at-start", "3"}));
  instance->start();
  instance.next(instance_state::failed);
  instance->start();
  CHECK(instance.next(instance_state::starting).from == instance_state::failed);
  instance.next(instance_state::backoff);
  instance.next(instance_state::failed);
  CHECK(instance->generation() == 6);
}

TEST_CASE("supervisor: crashes are forgotten once it has been ready long enough") {
  auto settings = hot({});
  settings.restart.limit = 2;
  settings.restart.settled = 0s;
  supervised instance(std::move(settings));
  instance.become_ready();
  for (int i = 0; i < 3; ++i) {
    instance.poll();  // the time of no seconds elapses
    ::kill(instance->pid(), SIGKILL);
    instance.next(instance_state::ready);
  }
  CHECK(instance->generation() == 4);
}

TEST_CASE("supervisor: a stop during the backoff ends it") {
  auto settings = hot({"--fake-exit-at-start", "3"});
  settings.restart.first_delay = settings.restart.longest_delay = 10min;
  supervised instance(std::move(settings));
  instance->start();
  instance.next(instance_state::backoff);
  instance->stop("operator");
  CHECK(instance.next(instance_state::stopped).reason == "operator");
  CHECK(instance->generation() == 1);
}

TEST_CASE("supervisor: a start during the backoff does not wait for its end") {
  auto settings = hot({});
  settings.restart.first_delay = settings.restart.longest_delay = 10min;
  supervised instance(std::move(settings));
  instance.become_ready();
  ::kill(instance->pid(), SIGKILL);
  instance.next(instance_state::backoff);
  instance.become_ready();
  CHECK(instance->generation() == 2);
}

TEST_CASE("supervisor: a program that cannot be executed is a crash with the reason") {
  supervised instance({.program = "/nonexistent/llama-server"});
  instance->start();
  CHECK(instance.next(instance_state::stopped).reason ==
        "cannot start /nonexistent/llama-server: No such file or directory");
}

TEST_CASE("supervisor: an ended child leaves no zombie") {
  supervised instance(hot({"--fake-exit-at-start", "3"}));
  instance->start();
  instance.next(instance_state::failed);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("supervisor: an assertion and a flag that is not known are told apart") {
  supervised asserting({.knobs = {"--fake-assert"}});
  asserting->start();
  CHECK(
      asserting.next(instance_state::stopped)
          .reason.starts_with("crashed: assertion: ./src/fake.cpp:42: GGML_ASSERT(as_told) failed "
                              "(signal 6 (SIGABRT))\nlast log lines:\n"));
  supervised misled({.knobs = {"--fake-nonsense"}});
  misled->start();
  CHECK(misled.next(instance_state::stopped)
            .reason.starts_with("crashed: bad flag: error: invalid argument: --fake-nonsense (exit "
                                "code 1)\nlast log lines:\n"));
}

TEST_CASE("supervisor: a daemon without a free descriptor tries again for as long as it takes") {
  supervised instance(hot({}));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none_left = before;
  none_left.rlim_cur = 3;  // all that are open stay open
  instance->start();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  for (int i = 0; i < 6; ++i) {  // twice the limit of crashes
    const auto pause = instance.next(instance_state::backoff);
    CHECK(pause.reason.find("Too many open files") != std::string::npos);
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  instance.next(instance_state::ready);
}

TEST_CASE("supervisor: a failed HOT child wants to be started again after its cool-down") {
  auto settings = hot({"--fake-exit-at-start", "3"});
  settings.restart.cool_down = 0s;
  supervised instance(std::move(settings));
  instance->start();
  instance.next(instance_state::failed);
  const auto cooled = instance.next(instance_state::stopped);
  CHECK(cooled.from == instance_state::failed);
  CHECK(cooled.wants_start);
}
