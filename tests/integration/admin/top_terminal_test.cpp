#include "tests/integration/admin/terminal_fleet.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/running_daemon.hpp"

#include <csignal>
#include <fstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using admin::command;
using admin::command_error;
using test::admin_door;
using test::rolectl_terminal;
using test::scripted_fleet;
using test::vt_screen;
using call = scripted_fleet::call;

/// Looks often, so that tests need not wait long.
const std::vector<std::string> top{"top", "--interval", "0.1"};
constexpr const char* keys_line = "q quit";

std::vector<call> calls_at(admin_door& door) {
  return door.on_control([](scripted_fleet& fleet) { return fleet.calls; });
}

void check_left_in_order(const test::terminal& terminal) {
  CHECK(terminal.has_settings_of_start());
  CHECK_FALSE(terminal.screen().is_alternate());
  CHECK(terminal.screen().shows_cursor());
  CHECK(terminal.screen().wraps() == 0);
  CHECK(terminal.screen().scrolled() == 0);
  CHECK(terminal.screen().unknown().empty());
}

}  // namespace

TEST_CASE("rolectl top: fills the terminal at every size, without wrapping, and q leaves it") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) { fleet.current = test::long_fleet(); });
  for (const auto size : test::terminal_sizes) {
    rolectl_terminal terminal{door, top, size};
    const auto& screen = terminal.wait_for(keys_line);
    CHECK(screen.is_alternate());
    CHECK_FALSE(screen.shows_cursor());
    CHECK(screen.row(0).starts_with("rolecalld 0.1.0"));
    CHECK(screen.row(size.rows - 1U).find(keys_line) != std::string::npos);
    CHECK(screen.shows("> architect_general_0"));
    CHECK_FALSE(terminal.has_settings_of_start());  // or the check below could not fail
    terminal.type("q");
    CHECK(terminal.wait_for_end() == 0);
    check_left_in_order(terminal);
    CHECK(terminal.screen().text().empty());  // the main screen was never written to
  }
}

TEST_CASE("rolectl top: a new size is drawn at once") {
  admin_door door;
  // With one answer in an hour, only the new size can be what is drawn.
  rolectl_terminal terminal{door, {"top", "--interval", "3600"}, {80, 24}};
  terminal.wait_for(keys_line);
  terminal.resize({132, 40});
  terminal.wait_until([](const vt_screen& screen) {
    return screen.row(39).find(keys_line) != std::string::npos && screen.shows("TIER");
  });
  terminal.resize({60, 15});
  terminal.wait_until([](const vt_screen& screen) {
    return screen.row(14).find(keys_line) != std::string::npos && !screen.shows("TIER");
  });
  CHECK(terminal.screen().wraps() == 0);
}

TEST_CASE("rolectl top: shows what changes, and pauses") {
  admin_door door;
  rolectl_terminal terminal{door, top};
  terminal.wait_for("> embedder");
  door.on_control([](scripted_fleet& fleet) {
    fleet.current.roles[1].instances[0].state = "starting";
    fleet.current.roles[1].instances[0].load = {
        .phase = "engine", .ratio = 0.42, .bytes_per_second = 3.3e9, .elapsed_seconds = 4};
  });
  terminal.wait_for("loading 42 %, 3.1 GiB/s");
  terminal.type("p");
  terminal.wait_for("PAUSED");
  door.on_control([](scripted_fleet& fleet) { fleet.current.version = "0.2.0"; });
  terminal.type("p");
  terminal.wait_for("rolecalld 0.2.0");
}

TEST_CASE("rolectl top: keys load and unload the selected role, and tell what came of it") {
  admin_door door;
  rolectl_terminal terminal{door, top};
  terminal.wait_for("> embedder");
  terminal.type("l");
  terminal.wait_for("embedder: load is under way");
  CHECK(calls_at(door) == std::vector<call>{{command::load, "embedder", false, false}});
  door.on_control([](scripted_fleet& fleet) {
    for (auto& instance : fleet.current.roles[1].instances) instance.state = "ready";
  });
  terminal.wait_for("embedder is ready");

  terminal.type("\033[B");
  terminal.wait_for("> frontdoor");
  terminal.type("u");
  terminal.wait_for("unload frontdoor? (y/n)");
  terminal.type("n");
  terminal.wait_for("frontdoor stays as it is");
  CHECK(calls_at(door).size() == 1);
  door.on_control([](scripted_fleet& fleet) {
    fleet.outcome = command_error{command_error::kind::refused, "frontdoor is needed"};
  });
  terminal.type("uy");
  terminal.wait_for("frontdoor is needed");
  CHECK(calls_at(door).back() == call{command::unload, "frontdoor", false, false});
}

TEST_CASE("rolectl top: a command that takes long does not hold the display up") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) { fleet.outcome.reset(); });
  rolectl_terminal terminal{door, top};
  terminal.wait_for("> embedder");
  terminal.type("l");
  door.wait_until([](scripted_fleet& fleet) { return !fleet.calls.empty(); });
  terminal.type("j?");
  terminal.wait_for("any key closes this page");
  terminal.type("x");
  terminal.wait_for("> frontdoor");
  terminal.type("q");
  CHECK(terminal.wait_for_end() == 0);
  check_left_in_order(terminal);
}

TEST_CASE("rolectl top: a role's log is followed, and q comes back from it") {
  admin_door door;
  const auto file = door.folder() / "embedder.log";
  std::ofstream log{file};
  log << "first line\n" << std::flush;
  door.on_control([&](scripted_fleet& fleet) {
    fleet.current.roles[1].instances.resize(1);
    fleet.current.roles[1].instances[0].log = file.string();
  });
  rolectl_terminal terminal{door, top, {60, 15}};
  terminal.wait_for("> embedder");
  terminal.type("o");
  terminal.wait_for("first line");
  CHECK(terminal.screen().row(0) == "log of embedder");
  log << "second line " << std::string(200, 'x') << '\n' << std::flush;
  terminal.wait_for("second line xxx");
  terminal.type("q");
  terminal.wait_for("> embedder");
  CHECK(terminal.screen().wraps() == 0);
  terminal.type("o");
  terminal.wait_for("log of embedder");
  terminal.type("\033");  // Escape alone
  terminal.wait_for("> embedder");
}

TEST_CASE("rolectl top: leaves in the middle of a log that says nothing") {
  admin_door door;
  rolectl_terminal terminal{door, top};
  terminal.wait_for("> embedder");
  terminal.type("o");
  terminal.wait_for("log of embedder");
  terminal.type("\x03");
  CHECK(terminal.wait_for_end() == 0);
  check_left_in_order(terminal);
}

TEST_CASE("rolectl top: a daemon that goes is told, and what was last seen stays") {
  auto door = std::make_unique<admin_door>();
  rolectl_terminal terminal{*door, top};
  terminal.wait_for("> embedder");
  door.reset();
  const auto& screen = terminal.wait_for("not reachable for");
  CHECK(screen.shows("trying again: cannot reach rolecalld"));
  CHECK(screen.shows("> embedder"));
  CHECK(screen.wraps() == 0);
  terminal.type("q");
  CHECK(terminal.wait_for_end() == 0);
  check_left_in_order(terminal);
}

TEST_CASE("rolectl top: a daemon that comes back is shown again") {
  const test::temporary_directory folder;
  const auto socket = (folder.path() / "admin.sock").string();
  auto door = std::make_unique<admin_door>();
  // The name stays while what it leads to goes and comes.
  std::filesystem::create_symlink(door->socket(), socket);
  test::terminal terminal{{ROLECTL, "top", "--interval", "0.1", "--admin", "unix:" + socket}};
  terminal.wait_for("> embedder");
  door.reset();
  terminal.wait_for("not reachable for");
  door = std::make_unique<admin_door>();
  std::filesystem::remove(socket);
  std::filesystem::create_symlink(door->socket(), socket);
  terminal.wait_until(
      [](const vt_screen& screen) { return screen.row(0).starts_with("rolecalld 0.1.0"); });
}

TEST_CASE("rolectl top: a signal that ends it leaves the terminal in order") {
  admin_door door;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    rolectl_terminal terminal{door, top};
    terminal.wait_for(keys_line);
    terminal.signal(signal);
    CHECK(terminal.wait_for_end() == 128 + signal);
    check_left_in_order(terminal);
  }
}

TEST_CASE("rolectl top: Ctrl-Z gives the terminal back, and fg takes it again") {
  admin_door door;
  rolectl_terminal terminal{door, top};
  terminal.wait_for(keys_line);
  terminal.type("\x1A");
  terminal.wait_for_stop();
  check_left_in_order(terminal);
  terminal.signal(SIGCONT);
  terminal.wait_until(
      [](const vt_screen& screen) { return screen.is_alternate() && screen.shows(keys_line); });
  CHECK_FALSE(terminal.has_settings_of_start());
  terminal.type("q");
  CHECK(terminal.wait_for_end() == 0);
  check_left_in_order(terminal);
}

TEST_CASE("rolectl top: no colour where none is wanted, ASCII where there is no UTF-8") {
  admin_door door;
  rolectl_terminal plain{door, top, {132, 40}, {"NO_COLOR=1", "LC_ALL=C"}};
  plain.wait_for("> embedder");
  CHECK_FALSE(plain.screen().was_painted());
  CHECK(std::ranges::all_of(plain.output(),
                            [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  rolectl_terminal painted{door, top, {132, 40}};
  painted.wait_for("> embedder");
  CHECK(painted.screen().was_painted());
  CHECK(painted.screen().shows("█"));
}

TEST_CASE("rolectl top: --sort chooses what the table begins with") {
  admin_door door;
  rolectl_terminal terminal{door, {"top", "--interval", "0.1", "--sort", "memory"}};
  terminal.wait_for("> frontdoor");
  terminal.type("s");
  terminal.wait_for("REQS▾");
}

TEST_CASE(
    "rolectl top: without a terminal, or with one that cannot be drawn on, it is wrong usage") {
  const admin_door door;
  const auto address = "127.0.0.1:" + std::to_string(door.port());
  const auto piped = test::run({ROLECTL, "top", "--admin", address});
  CHECK(piped.code == 2);
  CHECK(piped.err.find("top needs a terminal") != std::string::npos);
  rolectl_terminal dumb{door, {"top"}, {}, {"TERM=dumb"}};
  CHECK(dumb.wait_for_end() == 2);
  const auto without_keys = std::string{ROLECTL} + " top --admin " + address + " </dev/null";
  test::terminal deaf{{"/bin/sh", "-c", without_keys}};
  CHECK(deaf.wait_for_end() == 2);
  CHECK(deaf.output().find('\033') == std::string::npos);
}

TEST_CASE("rolectl top: without a daemon it ends with 3 before it touches the terminal") {
  const auto nobody = "127.0.0.1:" + std::to_string(test::free_ports(1).front());
  test::terminal terminal{{ROLECTL, "top", "--admin", nobody}};
  CHECK(terminal.wait_for_end() == 3);
  CHECK(terminal.screen().shows("cannot reach rolecalld"));
  CHECK(terminal.output().find("\033") == std::string::npos);
}
