#include "tests/integration/supervision/supervised.hpp"

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::test;
using namespace rolecall::supervision;
using namespace std::chrono_literals;

namespace {

load_phases::duration in_process(const load_phases& load) {
  return load.spent_on(load_phase::page_in) + load.spent_on(load_phase::engine) +
         load.spent_on(load_phase::warm_up);
}

}  // namespace

TEST_CASE("supervisor: the phases of a load add up to all of it") {
  supervised instance({.knobs = {"--fake-load-ms", "50", "--fake-warm-up-ms", "50"}});
  CHECK_FALSE(instance->last_load_phases());
  const auto asked = std::chrono::steady_clock::now();
  instance->start(asked - 5s);
  instance.next(instance_state::ready);
  const auto load = instance->last_load_phases();
  REQUIRE(load);
  CHECK(load->total() == instance->since() - (asked - 5s));
  CHECK(load->spent_on(load_phase::evicting) >= 5s);
  CHECK(load->spent_on(load_phase::queued) > 0s);
  CHECK(in_process(*load) >= instance->last_load());
  CHECK(in_process(*load) < instance->last_load() + 1ms);  // which is told in milliseconds
}

TEST_CASE("supervisor: a start that waited for no memory evicted nobody") {
  supervised instance({});
  instance.become_ready();
  REQUIRE(instance->last_load_phases());
  CHECK(instance->last_load_phases()->spent_on(load_phase::evicting) == 0s);
}

TEST_CASE("supervisor: the wait of one start is not that of the next") {
  supervised_settings settings{};
  settings.restart.restarts = true;
  supervised instance(std::move(settings));
  instance->start(std::chrono::steady_clock::now() - 5s);
  instance.next(instance_state::ready);
  ::kill(instance->pid(), SIGKILL);
  instance.next(instance_state::backoff);
  CHECK_FALSE(instance->last_load_phases());
  instance.next(instance_state::ready);
  REQUIRE(instance->last_load_phases());
  CHECK(instance->last_load_phases()->spent_on(load_phase::evicting) == 0s);
}

TEST_CASE("supervisor: a load is told while it goes on, from its turn to its warm-up") {
  supervised instance({.knobs = {"--fake-grow-mib", "64", "--fake-warm-up-ms", "3600000"}});
  int looks = 0;
  instance->take_turns(true, [&] { ++looks; });
  CHECK_FALSE(instance->present_load());
  instance->start();
  instance.run_until([&] { return looks == 1; });
  REQUIRE(instance->present_load());
  CHECK(instance->present_load()->phase == load_phase::queued);
  CHECK(instance->present_load()->resident_bytes == 0);
  instance->take_turn();
  instance.run_until([&] { return instance->present_load()->phase == load_phase::warm_up; });
  const auto load = *instance->present_load();
  CHECK(load.resident_bytes >= 64U << 20);
  CHECK(load.elapsed > 0s);
  CHECK_FALSE(load.bytes_per_second);  // nothing is read by one who warms up
}

TEST_CASE("supervisor: a role that is ready has no load") {
  supervised instance({});
  instance.become_ready();
  CHECK_FALSE(instance->present_load());
}

TEST_CASE("supervisor: a load that fails is marked, and has no phases") {
  for (const auto& knobs : {std::vector<std::string>{"--fake-exit-at-start", "1"},
                            std::vector<std::string>{"--fake-assert"}}) {
    CAPTURE(knobs.front());
    supervised instance({.knobs = knobs});
    instance->start();
    CHECK(instance.next(instance_state::stopped).load_failed);
    CHECK_FALSE(instance->last_load_phases());
    CHECK_FALSE(instance->present_load());
  }
}

TEST_CASE("supervisor: a load that stalls is marked where it is given up, once") {
  supervised_settings settings{.knobs = {"--fake-hang-load"}};
  settings.timeouts.ready_stall = 1s;
  supervised instance(std::move(settings));
  instance->start();
  CHECK(instance.next(instance_state::stopping).load_failed);
  CHECK_FALSE(instance.next(instance_state::stopped).load_failed);
}

TEST_CASE("supervisor: neither a load that was called off nor a later crash is a failed load") {
  supervised called_off({.knobs = {"--fake-hang-load"}});
  called_off->start();
  called_off.run_until([&] { return called_off->pid() != 0; });
  called_off->stop("operator");
  CHECK_FALSE(called_off.next(instance_state::stopping).load_failed);
  CHECK_FALSE(called_off.next(instance_state::stopped).load_failed);

  supervised crashed({});
  crashed.become_ready();
  ::kill(crashed->pid(), SIGKILL);
  CHECK_FALSE(crashed.next(instance_state::stopped).load_failed);
}
