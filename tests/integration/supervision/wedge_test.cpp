#include "tests/integration/supervision/process_group.hpp"
#include "tests/integration/supervision/supervised.hpp"

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

supervised_settings watched(std::vector<std::string> knobs) {
  supervised_settings settings{.knobs = std::move(knobs)};
  settings.timeouts.wedged = 1s;
  return settings;
}

/// Runs for longer than a wedged process would be left alone.
void run_past_the_limit(supervised& instance) {
  const auto end = steady_clock::now() + 2500ms;
  instance.run_until([&] {
    return steady_clock::now() > end || instance->state() != rolecall::test::instance_state::ready;
  });
}

}  // namespace

TEST_CASE("supervisor: a HOT child that was stopped by a signal is noticed, ended and restarted") {
  auto settings = watched({});
  settings.restart.restarts = true;
  supervised instance(std::move(settings));
  instance.become_ready();
  const auto first = instance->pid();
  ::kill(first, SIGSTOP);
  const auto noticed = instance.next(instance_state::stopping);
  CHECK(noticed.from == instance_state::ready);
  CHECK(noticed.reason.starts_with("wedged: no answer to /health for "));
  CHECK(noticed.reason.find(", 0.0 s of CPU time, no bytes for ") != std::string::npos);
  CHECK(noticed.reason.ends_with(" (stopped by a signal)"));
  CHECK(instance.next(instance_state::backoff)
            .reason.starts_with(noticed.reason + "\nlast log lines:\n"));
  instance.next(instance_state::ready);
  CHECK(instance->pid() != first);
  CHECK(living_in_group(first).empty());
}

TEST_CASE("supervisor: a child that stops answering is a crash, and killed when it ignores TERM") {
  auto settings = watched({"--fake-wedge", "--fake-ignore-term"});
  settings.timeouts.stop = 1s;
  supervised instance(std::move(settings));
  instance.become_ready();
  const auto ended = instance.next(instance_state::stopped);
  CHECK(ended.reason.starts_with("wedged: no answer to /health for "));
  CHECK(ended.reason.find("; killed after 1s\nlast log lines:\n") != std::string::npos);
}

TEST_CASE("supervisor: a child that computes is left alone, though it does not answer") {
  supervised instance(watched({"--fake-wedge", "--fake-busy"}));
  instance.become_ready();
  run_past_the_limit(instance);
  CHECK(instance->state() == instance_state::ready);
}

TEST_CASE("supervisor: a child that sends is left alone, though it does not answer probes") {
  supervised instance(watched({"--fake-wedge"}));
  instance.become_ready();
  const auto end = steady_clock::now() + 2500ms;
  instance.run_until([&] {
    instance.gate().heard(steady_clock::now());  // as a data thread tells
    return steady_clock::now() > end || instance->state() != instance_state::ready;
  });
  CHECK(instance->state() == instance_state::ready);
}

TEST_CASE("supervisor: a child whose requests get nowhere must at least answer /slots") {
  supervised instance(watched({"--fake-hang-slots"}));
  instance.become_ready();
  run_past_the_limit(instance);
  CHECK(instance->state() == instance_state::ready);  // idle: nobody asks for /slots
  instance.gate().open();
  REQUIRE(
      instance.gate().enter(rolecall::residency::lease_kind::slot, steady_clock::now()).entered);
  CHECK(instance.next(instance_state::stopping)
            .reason.starts_with("wedged: no answer to /slots for "));
  instance.next(instance_state::stopped);
  (void)instance.gate().leave(rolecall::residency::lease_kind::slot, steady_clock::now());
}

TEST_CASE("supervisor: a role that is never wedged is not looked at") {
  supervised_settings settings{.knobs = {"--fake-wedge"}};
  settings.timeouts.wedged.reset();
  supervised instance(std::move(settings));
  instance.become_ready();
  run_past_the_limit(instance);
  CHECK(instance->state() == instance_state::ready);
}
