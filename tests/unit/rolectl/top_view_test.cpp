#include "tools/rolectl/top_view.hpp"

#include "tests/unit/rolectl/top_fleet.hpp"
#include "tools/rolectl/text_columns.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::admin::command;
using rolecall::test::press;
using rolecall::test::top_fleet;
using rolecall::test::top_role;
using rolecall::test::top_start;

constexpr screen of_size(int width, int height) {
  return {.is_terminal = true, .colour = false, .draws = true, .width = width, .height = height};
}

std::string text_of(const top_state& state, const screen& on) {
  std::string text;
  for (const auto& line : top_text(state, on)) text += line + "\n";
  return text;
}

bool shows(const top_state& state, const screen& on, std::string_view part) {
  return text_of(state, on).find(part) != std::string::npos;
}

/// Without the escape sequences that paint it.
std::string unpainted(std::string line) {
  for (auto at = line.find('\033'); at != std::string::npos; at = line.find('\033', at))
    line.erase(at, line.find('m', at) + 1 - at);
  return line;
}

/// As many roles as a large registry has, with what makes lines long.
top_state large() {
  auto fleet = top_fleet();
  for (int i = 0; i < 30; ++i) {
    auto role = top_role("role_with_a_long_name_" + std::to_string(i), "starting");
    role.instances[0].reason = "crashed: 世界 é " + std::string(200, 'x') + "\nlog";
    role.instances[0].load = {
        .phase = "page_in", .ratio = 0.5, .bytes_per_second = 3e9, .elapsed_seconds = 3};
    role.speed = 20;
    role.expected_speed = 25;
    role.acceptance = 0.7;
    fleet.roles.push_back(role);
  }
  fleet.engine = std::string(300, 'e');
  auto state = top_start(fleet);
  for (int i = 1; i < 100; ++i) (void)step(state, top_snapshot{fleet}, i);
  return state;
}

void check_size(const top_state& state, const screen& on) {
  const auto lines = top_text(state, on);
  CHECK(lines.size() <= static_cast<std::size_t>(on.height));
  for (const auto& line : lines)
    CHECK_MESSAGE(display_width(unpainted(line)) <= static_cast<std::size_t>(on.width), line);
}

}  // namespace

TEST_CASE("rolectl top view: fills 80 columns and 24 lines exactly, the keys at the bottom") {
  const auto lines = top_text(top_start(), of_size(80, 24));
  REQUIRE(lines.size() == 24);
  CHECK(lines[0] == "rolecalld 0.1.0, up 1h, engine llama-server 4512");
  CHECK(lines[1].starts_with("budget [█▊            ] 4.0 GiB of 32.0 GiB reserved (13 %)"));
  CHECK(lines[2].starts_with("tokens 20.0/s, requests 2, waiting 1, 1 of 3 roles ready"));
  CHECK(lines[3] == "host   [███▌          ] 16.0 GiB of 64.0 GiB taken");
  CHECK(lines[4].empty());
  CHECK(lines[5] == "  ROLE▾      STATE         MEMORY  REQS  TOK/S  REASON");
  CHECK(lines[6] == "> architect  stopped                0/0         evicted");
  CHECK(lines[7] == "  frontdoor  ready    3.0/4.0 GiB   2/1   20.0");
  CHECK(lines[8] == "  vision     failed                 0/0         crashed: signal 9 (SIGKILL)");
  CHECK(lines[18] == "architect stopped: evicted");
  CHECK(lines[19] == "qwen3-coder-30b-a3b, Q4_K_M, warm, port 8080");
  CHECK(lines[23] == "l load  u unload  o log  s sort  p pause  ? help  q quit");
}

TEST_CASE("rolectl top view: no line is wider than the screen, and never more lines than it has") {
  auto log = large();
  press(log, "o");
  for (int i = 0; i < 100; ++i)
    (void)step(log, top_log_piece{log.log->role, std::string(300, 'l') + "世\n"}, 1);
  auto asking = large();
  press(asking, "u");
  auto help = large();
  press(help, "?");
  auto failed = large();
  (void)step(failed, top_failure{std::string(300, 'f')}, 200);
  for (const auto& state : {large(), log, asking, help, failed, top_start(), top_state{}})
    for (const bool colour : {false, true})
      for (const auto& [width, height] :
           {std::pair{80, 24}, {120, 40}, {60, 15}, {200, 60}, {20, 5}, {1, 1}, {10, 100}}) {
        auto on = of_size(width, height);
        on.colour = colour;
        check_size(state, on);
      }
}

TEST_CASE("rolectl top view: every size at all is kept to") {
  const auto state = large();
  for (int width = 1; width <= 140; ++width) check_size(state, of_size(width, 24));
  for (int height = 1; height <= 50; ++height) check_size(state, of_size(80, height));
}

TEST_CASE("rolectl top view: no escape sequence without colour, and states painted with it") {
  const auto state = top_start();
  CHECK_FALSE(shows(state, of_size(80, 24), "\033"));
  auto on = of_size(80, 24);
  on.colour = true;
  CHECK(shows(state, on, "\033[32mready\033[0m"));
  CHECK(shows(state, on, "\033[31mfailed\033[0m"));
  CHECK(shows(state, on, "\033[7m> architect  stopped"));
}

TEST_CASE("rolectl top view: a terminal without UTF-8 gets ASCII only") {
  auto on = of_size(120, 40);
  on.ascii = true;
  const auto text = text_of(large(), on);
  CHECK(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(text.find("ROLE*") != std::string::npos);
}

TEST_CASE("rolectl top view: a small screen keeps the table, and does without the rest") {
  const auto state = top_start();
  CHECK(shows(state, of_size(60, 15), "frontdoor  ready"));
  CHECK(shows(state, of_size(60, 15), "host   ["));
  CHECK_FALSE(shows(state, of_size(60, 15), "qwen3-coder-30b-a3b, Q4_K_M"));
  CHECK_FALSE(shows(state, of_size(60, 9), "host   ["));
  CHECK(shows(state, of_size(60, 9), "frontdoor  ready"));
  CHECK(shows(state, of_size(60, 4), "> architect"));
}

TEST_CASE("rolectl top view: the selected role is in sight however many there are") {
  auto state = large();
  for (std::size_t i = 0; i < state.shown->roles.size(); ++i) {
    CHECK(shows(state, of_size(80, 24), "> " + state.selected));
    press(state, "j");
  }
  CHECK(shows(state, of_size(80, 24), "roles 23 to 33 of 33"));
}

TEST_CASE("rolectl top view: a wide screen shows what a role is and how it went") {
  auto fleet = top_fleet();
  fleet.roles[0].speed = 22.5;
  fleet.roles[0].expected_speed = 25;
  fleet.roles[0].acceptance = 0.71;
  auto state = top_start(fleet);
  press(state, "j");
  const auto on = of_size(200, 40);
  CHECK(shows(state, on, "PORT  MODEL                QUANT"));
  CHECK(shows(state, on, "20.0/s, generating 22.5/s of 25.0/s expected"));
  CHECK(shows(state, on, "warm, port 8080, 71 % of drafts accepted"));
  CHECK(shows(state, on, "3.0 GiB used, 4.0 GiB reserved"));
}

TEST_CASE("rolectl top view: sparklines grow with the history, of the fleet and of the role") {
  auto fleet = top_fleet();
  auto state = top_start(fleet);
  press(state, "j");
  fleet.roles[0].tokens_per_second = 10;
  fleet.reserved *= 8;
  (void)step(state, top_snapshot{fleet}, 1);
  const auto lines = top_text(state, of_size(80, 24));
  CHECK(lines[1].ends_with("▂█"));
  CHECK(lines[2].ends_with("█▅"));
  CHECK(lines[20].find("█▅ 10.0/s") != std::string::npos);
  CHECK(lines[21].find("▆▆ 3.0 GiB used, 4.0 GiB reserved") != std::string::npos);
}

TEST_CASE("rolectl top view: what is asked, what was said, and that it is paused") {
  auto state = top_start();
  press(state, "ju");
  CHECK(shows(state, of_size(80, 24),
              "unload frontdoor? requests that run get its drain time (y/n)"));
  press(state, "n");
  CHECK(shows(state, of_size(80, 24), "frontdoor stays as it is"));
  press(state, "p");
  CHECK(shows(state, of_size(80, 24), "PAUSED  rolecalld 0.1.0"));
}

TEST_CASE("rolectl top view: a daemon that is gone is told above what was last seen") {
  auto state = top_start();
  (void)step(state, top_failure{"connection refused"}, 12);
  const auto lines = top_text(state, of_size(80, 24));
  CHECK(lines[0] == "not reachable for 12s, trying again: connection refused");
  CHECK(lines[7].find("frontdoor") != std::string::npos);
}

TEST_CASE("rolectl top view: memory that is missing is told") {
  auto fleet = top_fleet();
  fleet.host.missing = 1ULL << 30;
  fleet.host.stalled = 0.25;
  CHECK(shows(top_start(fleet), of_size(100, 24), "1.0 GiB missing to the floor, stalled 25 %"));
}

TEST_CASE("rolectl top view: a log shows its last lines, and earlier ones scrolled back") {
  auto state = top_start();
  press(state, "o");
  for (int i = 1; i <= 30; ++i)
    (void)step(state, top_log_piece{"architect", "line " + std::to_string(i) + ".\033[2J\n"}, 1);
  const auto on = of_size(40, 10);
  auto lines = top_text(state, on);
  REQUIRE(lines.size() == 10);
  CHECK(lines[0] == "log of architect");
  CHECK(lines[1] == "line 23.[2J");
  CHECK(lines[8] == "line 30.[2J");
  CHECK(lines[9].starts_with("q back"));
  press(state, key::name::home);
  lines = top_text(state, on);
  CHECK(lines[1] == "line 1.[2J");
  CHECK(lines[8] == "line 8.[2J");
  CHECK(lines[0].starts_with("log of architect, "));
}

TEST_CASE("rolectl top view: every key that does something is in the help") {
  auto state = top_start();
  press(state, "?");
  for (const char* key : {"up, down, j, k", "l  ", "u  ", "o, Enter", "s  ", "p  ", "q, Ctrl-C",
                          "1 2 3 4 5", "Ctrl-L", "Ctrl-Z"})
    CHECK(shows(state, of_size(80, 24), key));
}
