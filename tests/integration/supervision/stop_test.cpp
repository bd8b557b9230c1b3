#include "tests/integration/supervision/process_group.hpp"
#include "tests/integration/supervision/supervised.hpp"

#include <chrono>

#include <doctest/doctest.h>

using namespace rolecall::test;
namespace residency = rolecall::residency;
using namespace std::chrono_literals;

namespace {

bool was_told_to_end(const supervised& instance) {
  return instance.log_text().find("cleaning up before exit") != std::string::npos;
}

/// A lease, taken as the data plane takes it.
void enter(supervised& instance) {
  instance.gate().open();
  REQUIRE(
      instance.gate().enter(residency::lease_kind::slot, std::chrono::steady_clock::now()).entered);
}

}  // namespace

TEST_CASE("supervisor: a stop sends TERM and waits for the exit") {
  supervised instance({});
  instance.become_ready();
  const auto pid = instance->pid();
  instance.gate().open();
  instance->stop("evicted");
  CHECK(instance.next(instance_state::stopping).reason == "evicted");
  CHECK_FALSE(instance.gate().is_open());
  CHECK(instance.next(instance_state::stopped) ==
        transition{instance_state::stopping, instance_state::stopped, "evicted", false});
  CHECK(instance->pid() == 0);
  CHECK(was_told_to_end(instance));
  CHECK(living_in_group(pid).empty());
}

TEST_CASE("supervisor: a stop reaches every process of the child's group") {
  supervised instance({.knobs = {"--fake-spawn-child"}});
  instance.become_ready();
  const auto pid = instance->pid();
  CHECK(living_in_group(pid).size() == 2);
  instance->stop("operator");
  instance.next(instance_state::stopped);
  instance.run_until([&] { return living_in_group(pid).empty(); });
}

TEST_CASE("supervisor: a stop while it loads does not wait for the load") {
  supervised instance({.knobs = {"--fake-hang-load"}});
  instance->start();
  instance.next(instance_state::starting);
  instance.run_until(
      [&] { return instance.log_text().find("loading model") != std::string::npos; });
  instance->stop("operator");
  CHECK(instance.next(instance_state::stopping).from == instance_state::starting);
  CHECK(instance.next(instance_state::stopped).reason == "operator");
}

TEST_CASE("supervisor: a start that is stopped before anything happened leaves nothing") {
  supervised instance({});
  instance->start();
  instance->stop("operator");
  CHECK(instance.next(instance_state::stopped).reason == "operator");
  CHECK(instance->pid() == 0);
}

TEST_CASE("supervisor: a child that ignores TERM is killed after the grace period") {
  supervised_settings settings{.knobs = {"--fake-ignore-term"}};
  settings.timeouts.stop = 1s;
  supervised instance(std::move(settings));
  instance.become_ready();
  const auto pid = instance->pid();
  instance->stop("idle");
  CHECK(instance.next(instance_state::stopped).reason == "idle; killed after 1s");
  CHECK(living_in_group(pid).empty());
}

TEST_CASE("supervisor: requests that are being served end before TERM is sent") {
  supervised instance({});
  instance.become_ready();
  enter(instance);
  enter(instance);
  instance->stop("operator");
  CHECK(instance.next(instance_state::draining).reason == "operator");
  CHECK_FALSE(instance.gate().is_open());
  (void)instance.gate().leave(residency::lease_kind::slot, std::chrono::steady_clock::now());
  instance.poll();
  CHECK(instance->state() == instance_state::draining);
  CHECK_FALSE(was_told_to_end(instance));
  (void)instance.gate().leave(residency::lease_kind::slot, std::chrono::steady_clock::now());
  CHECK(instance.next(instance_state::stopping).from == instance_state::draining);
  CHECK(instance.next(instance_state::stopped).reason == "operator");
}

TEST_CASE("supervisor: requests that take longer than the drain time are cut off") {
  supervised_settings settings;
  settings.timeouts.drain = 1s;
  supervised instance(std::move(settings));
  instance.become_ready();
  enter(instance);
  instance->stop("operator");
  instance.next(instance_state::draining);
  instance.next(instance_state::stopped);
  CHECK(instance.gate().leases() == 1);
  (void)instance.gate().leave(residency::lease_kind::slot, std::chrono::steady_clock::now());
}

TEST_CASE("supervisor: a start while it is being stopped is done after the exit") {
  supervised instance({});
  instance.become_ready();
  instance->stop("operator");
  instance.next(instance_state::stopping);
  instance.become_ready();
  CHECK(instance->generation() == 2);
}

TEST_CASE("supervisor: a listener may start and stop from within") {
  supervised_settings settings;
  settings.listener = [](rolecall::supervision::supervisor& s, const transition& t) {
    if (t.to == instance_state::ready) s.stop("operator");
    if (t.to == instance_state::stopped && s.generation() < 3) s.start();
  };
  supervised instance(std::move(settings));
  instance->start();
  for (int i = 1; i <= 3; ++i) instance.next(instance_state::stopped);
  CHECK(instance->generation() == 3);
}
