#include "tests/integration/admin/terminal_fleet.hpp"
#include "tests/support/running_daemon.hpp"

#include <csignal>

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;
using test::long_fleet;
using test::rolectl_terminal;
using test::scripted_fleet;
using test::terminal_size;
using test::vt_screen;

const std::vector<std::string> once{"status"};
const std::vector<std::string> watching{"status", "--watch"};

void show_long_fleet(admin_door& door) {
  door.on_control([](scripted_fleet& fleet) { fleet.current = long_fleet(); });
}

}  // namespace

TEST_CASE("rolectl status on a terminal: no row wraps, at any width, and states have colours") {
  admin_door door;
  show_long_fleet(door);
  for (const auto size : test::terminal_sizes) {
    rolectl_terminal terminal{door, once, {size.columns, 60}};
    CHECK(terminal.wait_for_end() == 0);
    const auto& screen = terminal.screen();
    CHECK(screen.wraps() == 0);
    CHECK(screen.scrolled() == 0);
    CHECK(screen.unknown().empty());
    CHECK(screen.shows("architect_general_8"));
    CHECK(screen.was_painted());
    CHECK(terminal.output().find("\033[32mready\033[0m") != std::string::npos);
    // Every line of the table has its role at the beginning: none is the rest of another.
    CHECK(screen.row(3).starts_with("ROLE"));
    for (std::size_t row = 4; row < 16; ++row) CHECK_FALSE(screen.row(row).starts_with(" "));
  }
}

TEST_CASE("rolectl status on a terminal: a load's progress can be read at 80 columns") {
  admin_door door;
  show_long_fleet(door);
  rolectl_terminal terminal{door, once, {80, 40}};
  CHECK(terminal.wait_for_end() == 0);
  CHECK(terminal.screen().shows("reading 42 %"));
}

TEST_CASE("rolectl status: colour is for terminals, unless NO_COLOR or TERM=dumb says no") {
  admin_door door;
  for (const auto* variable : {"NO_COLOR=1", "TERM=dumb"}) {
    rolectl_terminal terminal{door, once, {}, {variable}};
    CHECK(terminal.wait_for_end() == 0);
    CHECK(terminal.screen().shows("frontdoor"));
    CHECK(terminal.output().find('\033') == std::string::npos);
  }
  const auto piped =
      test::run({ROLECTL, "status", "--admin", "127.0.0.1:" + std::to_string(door.port())});
  CHECK(piped.out.find("frontdoor") != std::string::npos);
  CHECK(piped.out.find('\033') == std::string::npos);
}

TEST_CASE("rolectl status: through a pipe nothing is cut") {
  admin_door door;
  show_long_fleet(door);
  const auto piped =
      test::run({ROLECTL, "status", "--admin", "127.0.0.1:" + std::to_string(door.port())});
  CHECK(piped.out.find(std::string(150, 'x')) != std::string::npos);
}

TEST_CASE("rolectl status: block characters are for terminals whose locale is UTF-8") {
  admin_door door;
  show_long_fleet(door);
  rolectl_terminal blocks{door, once, {132, 60}};
  CHECK(blocks.wait_for_end() == 0);
  CHECK(blocks.screen().shows("█"));
  for (const auto* locale : {"LC_ALL=C", "LC_ALL=en_US.ISO-8859-1"}) {
    rolectl_terminal ascii{door, once, {132, 60}, {locale}};
    CHECK(ascii.wait_for_end() == 0);
    CHECK(ascii.screen().shows("[####"));
    CHECK(std::ranges::all_of(ascii.output(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  }
}

TEST_CASE("rolectl status --watch: shows what changes, and a new size at once") {
  admin_door door;
  show_long_fleet(door);
  rolectl_terminal terminal{door, watching, {80, 24}};
  terminal.wait_for("architect_general_8");
  CHECK(terminal.screen().shows("▏") == terminal.screen().shows("PORT"));  // neither fits
  door.on_control(
      [](scripted_fleet& fleet) { fleet.current.roles[0].instances[0].state = "failed"; });
  terminal.wait_until([](const vt_screen& screen) { return screen.shows("failed"); });

  terminal.resize({132, 24});
  terminal.wait_for("TIER");
  terminal.resize({60, 24});
  terminal.wait_until([](const vt_screen& screen) { return !screen.shows("TIER"); });
  CHECK(terminal.screen().wraps() == 0);
  CHECK(terminal.screen().unknown().empty());
  terminal.signal(SIGINT);
  CHECK(terminal.wait_for_end() == 128 + SIGINT);
}

TEST_CASE("rolectl status --watch: a daemon that goes is told, not waited for") {
  auto door = std::make_unique<admin_door>();
  rolectl_terminal terminal{*door, watching, {60, 24}};
  terminal.wait_for("frontdoor");
  door.reset();
  terminal.wait_for("cannot reach rolecalld");
  CHECK(terminal.screen().wraps() == 0);
}

TEST_CASE("rolectl status --watch: a terminal that cannot move its cursor is wrong usage") {
  const admin_door door;
  rolectl_terminal terminal{door, watching, {}, {"TERM=dumb"}};
  CHECK(terminal.wait_for_end() == 2);
  CHECK(terminal.screen().shows("--watch needs a terminal"));
}
