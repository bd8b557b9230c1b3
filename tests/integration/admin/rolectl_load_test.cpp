// What a command that is waited for shows on a terminal, and how Ctrl-C ends the waiting.
#include "tests/integration/admin/rolectl_runs.hpp"
#include "tests/support/terminal.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using admin::command;
using test::admin_door;
using test::scripted_fleet;
using test::terminal;

constexpr double gib = 1U << 30;
constexpr const char* control_c = "\x03";

/// A door at which a load takes until the test releases it, and has come to 42 %.
struct slow_door {
  slow_door() {
    door.on_control([](scripted_fleet& fleet) {
      fleet.outcome.reset();
      auto& instance = fleet.current.roles[0].instances[0];
      instance.state = "starting";
      instance.load = {
          .phase = "page_in", .ratio = 0.42, .bytes_per_second = 3.1 * gib, .elapsed_seconds = 12};
    });
  }
  void finish() {
    door.on_control([](scripted_fleet& fleet) {
      auto& instance = fleet.current.roles[0].instances[0];
      instance.state = "ready";
      instance.load.reset();
      instance.load_seconds = 1.5;
      fleet.release();
    });
  }
  [[nodiscard]] std::vector<std::string> rolectl(std::vector<std::string> words) const {
    words.insert(words.begin(), {ROLECTL, "--admin", test::address_of(door)});
    return words;
  }

  admin_door door;
};

}  // namespace

TEST_CASE("rolectl load: on a terminal a bar shows how far it has come, and goes at its end") {
  for (const unsigned short columns : std::initializer_list<unsigned short>{40, 80, 132}) {
    CAPTURE(columns);
    slow_door slow;
    terminal shell{slow.rolectl({"load", "frontdoor"}), {.columns = columns, .rows = 24}};
    shell.wait_for("42 %");
    CHECK(shell.screen().row(0).starts_with("frontdoor  ["));
    if (columns >= 80) CHECK(shell.screen().row(0).find("reading, 3.1 GiB/s") != std::string::npos);
    slow.finish();
    CHECK(shell.wait_for_end() == 0);
    CHECK(shell.screen().text() == "frontdoor: ready, loaded in 1.5 s\n");
    CHECK(shell.screen().wraps() == 0);
    CHECK(shell.screen().unknown().empty());
    CHECK(shell.has_settings_of_start());
  }
}

TEST_CASE("rolectl load: what happens to the fleet meanwhile is told above the bar") {
  slow_door slow;
  terminal shell{slow.rolectl({"load", "frontdoor"})};
  shell.wait_for("42 %");
  slow.door.on_control([](scripted_fleet& fleet) {
    fleet.append({1, 1'700'000'000'000, "evict", "embedder", "embedder-1", "evicted"});
  });
  shell.wait_until([](const auto& screen) {
    return screen.row(0) == "2023-11-14T22:13:20.000Z  evict     embedder-1  evicted" &&
           screen.row(1).starts_with("frontdoor  [");
  });
  slow.finish();
  CHECK(shell.wait_for_end() == 0);
}

TEST_CASE("rolectl load: Ctrl-C ends the waiting, not the load, and says how to end that") {
  slow_door slow;
  terminal shell{slow.rolectl({"load", "frontdoor"}), {.columns = 100, .rows = 24}};
  shell.wait_for("42 %");
  shell.type(control_c);
  CHECK(shell.wait_for_end() == 130);
  CHECK(shell.screen().text() ==
        "rolectl: interrupted; the load of frontdoor goes on; to stop it: rolectl unload "
        "frontdoor\n");
  CHECK(shell.has_settings_of_start());
  CHECK(shell.screen().shows_cursor());
  // The daemon was asked for one thing, and nothing took it back.
  slow.door.wait_until([](scripted_fleet& fleet) { return fleet.cancelled_calls == 1; });
  CHECK(slow.door.on_control([](scripted_fleet& fleet) { return fleet.calls; }) ==
        std::vector<scripted_fleet::call>{{command::load, "frontdoor", true, false}});
}

TEST_CASE("rolectl unload: on a terminal it tells whose end is waited for, and Ctrl-C ends that") {
  slow_door slow;
  slow.door.on_control([](scripted_fleet& fleet) {
    auto& instance = fleet.current.roles[0].instances[0];
    instance.state = "draining";
    instance.load.reset();
    instance.leases = 2;
  });
  terminal shell{slow.rolectl({"unload", "frontdoor"})};
  shell.wait_for("frontdoor  draining, 2 requests running  ");
  shell.type(control_c);
  CHECK(shell.wait_for_end() == 130);
  CHECK(shell.screen().text() == "rolectl: interrupted; the unload of frontdoor goes on\n");
}

TEST_CASE("rolectl load: what the daemon refuses is told without a trace of the bar") {
  slow_door slow;
  terminal shell{slow.rolectl({"load", "frontdoor"})};
  shell.wait_for("42 %");
  slow.door.on_control([](scripted_fleet& fleet) {
    fleet.release();
    fleet.outcome =
        admin::command_error{admin::command_error::kind::refused, "it crashed: signal 9"};
  });
  CHECK(shell.wait_for_end() == 1);
  CHECK(shell.screen().text() == "rolectl: it crashed: signal 9\n");
}

TEST_CASE("rolectl load: a terminal that cannot move its cursor is spared the bar") {
  slow_door slow;
  terminal shell{slow.rolectl({"load", "frontdoor"}), {}, {"TERM=dumb"}};
  slow.door.wait_until([](scripted_fleet& fleet) { return fleet.calls.size() == 1; });
  slow.finish();
  CHECK(shell.wait_for_end() == 0);
  CHECK(shell.output() == "frontdoor: ready, loaded in 1.5 s\r\n");
}
