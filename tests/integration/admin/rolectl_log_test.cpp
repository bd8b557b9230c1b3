// rolectl events, logs and log-level.
#include "orchestrator/log/log_level.hpp"
#include "tests/integration/admin/rolectl_runs.hpp"
#include "tests/support/terminal.hpp"

#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;
using test::rolectl_at;
using test::scripted_fleet;

namespace asio = boost::asio;

std::string sse(std::uint64_t id, const std::string& text) {
  return "data: " + to_json(admin::fleet_event{id, 0, "state", "coder", "coder", text}) + "\n\n";
}

constexpr const char* stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

std::string status_after(double uptime) {
  auto status = test::small_fleet();
  status.uptime_seconds = uptime;
  const auto body = to_json(status);
  return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// A daemon whose connections get one canned answer each, the last one its end again and again
/// until nobody reads any more.
class canned_daemon {
 public:
  canned_daemon(std::vector<std::string> answers, std::string last_part)
      : thread_([this, all = std::move(answers), part = std::move(last_part)] {
          for (const auto& answer : all) {
            auto client = acceptor_.accept();
            std::string request;
            asio::read_until(client, asio::dynamic_buffer(request), "\r\n\r\n");
            asked_.push_back(request.substr(0, request.find(" HTTP/")));
            asio::write(client, asio::buffer(answer));
            boost::system::error_code gone;
            while (&answer == &all.back() && !gone) asio::write(client, asio::buffer(part), gone);
          }
        }) {}

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// Waits for the last connection's end.
  std::vector<std::string> asked() {
    thread_.join();
    return asked_;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{
      io_, asio::ip::tcp::endpoint{asio::ip::make_address("127.0.0.1"), 0}};
  std::vector<std::string> asked_;
  std::jthread thread_;
};

/// A role whose log has a line of routine, twice, and another one.
void write_log(admin_door& door) {
  const auto file = (door.folder() / "frontdoor.log").string();
  std::ofstream{file} << "0.00.531.772 I slot release: id  0\n"
                         "0.00.531.773 I slot release: id  1\n"
                         "0.00.531.774 E srv  send_error: it broke\n";
  door.on_control([&](scripted_fleet& fleet) { fleet.current.roles[0].instances[0].log = file; });
}

constexpr const char* unfolded =
    "0.00.531.772 I slot release: id  0\n"
    "0.00.531.773 I slot release: id  1\n"
    "0.00.531.774 E srv  send_error: it broke\n";
constexpr const char* folded =
    "… 2 lines of slot\n"
    "0.00.531.774 E srv  send_error: it broke\n";

}  // namespace

TEST_CASE("rolectl: events are printed line by line, and none that is too long ago") {
  admin_door door;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  door.on_control([&](scripted_fleet& fleet) {
    fleet.append({1, 1'700'000'000'000, "evict", "embedder", "embedder-1", "evicted to make room"});
    fleet.append({2, now, "state", "frontdoor", "frontdoor", "starting → ready"});
  });
  const auto all = rolectl_at(door, {"events"});
  CHECK(all.out.starts_with(
      "2023-11-14T22:13:20.000Z  evict     embedder-1  evicted to make room\n"));
  CHECK(std::ranges::count(all.out, '\n') == 2);
  const auto recent = rolectl_at(door, {"events", "--since", "1h"});
  CHECK(recent.out.find("embedder-1") == std::string::npos);
  CHECK(recent.out.find("starting → ready") != std::string::npos);
  const auto wrong = rolectl_at(door, {"events", "--since", "10"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("has no unit") != std::string::npos);
}

TEST_CASE("rolectl: a reader who has seen enough ends a follower quietly") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) {
    for (std::uint64_t id = 1; id <= 500; ++id)
      fleet.append({id, 0, "state", "frontdoor", "frontdoor", "ready"});
  });
  const auto script = std::string{"set -o pipefail; "} + ROLECTL + " events --admin " +
                      test::address_of(door) + " | head -n 1";
  const auto result = test::run({"/bin/bash", "-c", script});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
}

TEST_CASE("rolectl: who follows events outlives connections and daemons, and is told of it") {
  canned_daemon daemon{{status_after(100), stream_head + sse(5, "five"), status_after(101),
                        stream_head + sse(6, "six"), status_after(0), stream_head + sse(1, "one")},
                       sse(2, "two")};
  const auto script = std::string{"set -o pipefail; "} + ROLECTL + " events -f --admin " +
                      daemon.address() + " | head -n 3 | grep -o '[a-z]*$'";
  const auto result = test::run({"/bin/bash", "-c", script});
  CHECK(result.code == 0);
  CHECK(result.out == "five\nsix\none\n");
  CHECK(result.err ==
        "rolectl: lost rolecalld; waiting for it to come back (Ctrl-C ends this)\n"
        "rolectl: the connection is back\n"
        "rolectl: lost rolecalld; waiting for it to come back (Ctrl-C ends this)\n"
        "rolectl: rolecalld is back; it was started anew\n");
  CHECK(daemon.asked() == std::vector<std::string>{"GET /admin/status", "GET /admin/events?after=0",
                                                   "GET /admin/status", "GET /admin/events?after=5",
                                                   "GET /admin/status",
                                                   "GET /admin/events?after=0"});
}

TEST_CASE("rolectl: to follow the events of a daemon that was never there is a mistake") {
  CHECK(test::run_rolectl({"events", "-f"}).code == 3);
}

TEST_CASE("rolectl: logs are as they are on a pipe, and folded where one asks for it") {
  admin_door door;
  write_log(door);
  CHECK(rolectl_at(door, {"logs", "frontdoor"}).out == unfolded);
  CHECK(rolectl_at(door, {"logs", "frontdoor", "-n", "1"}).out ==
        "0.00.531.774 E srv  send_error: it broke\n");
  CHECK(rolectl_at(door, {"logs", "frontdoor", "--fold"}).out == folded);
  CHECK(rolectl_at(door, {"logs", "frontdoor", "--no-fold"}).out == unfolded);
  CHECK(rolectl_at(door, {"logs", "frontdoor", "--fold", "--no-fold"}).code == 2);
}

TEST_CASE("rolectl: logs are folded on a terminal, unless one asks for every line") {
  admin_door door;
  write_log(door);
  const auto shown = [&door](std::vector<std::string> words) {
    words.insert(words.begin(), {ROLECTL, "--admin", test::address_of(door), "logs", "frontdoor"});
    test::terminal shell{words};
    CHECK(shell.wait_for_end() == 0);
    return shell.screen().text();
  };
  CHECK(shown({}) == folded);
  CHECK(shown({"--no-fold"}) == unfolded);
}

TEST_CASE("rolectl: who follows a log is told of routine before it ends") {
  admin_door door;
  write_log(door);
  test::terminal shell{
      {ROLECTL, "--admin", test::address_of(door), "logs", "frontdoor", "-f", "-n", "2"}};
  shell.wait_for("it broke");
  std::ofstream{door.folder() / "frontdoor.log", std::ios::app}
      << "0.00.531.775 I slot a: b\n0.00.531.775 I slot a: c\n";
  shell.wait_for("slot\n");
}

TEST_CASE("rolectl: log levels are shown and changed in the form in which they are given") {
  const admin_door door;
  const auto usual = rolectl_at(door, {"log-level"});
  CHECK(usual.code == 0);
  CHECK(usual.out.find("proxy=info\n") != std::string::npos);
  const auto changed = rolectl_at(door, {"log-level", "proxy=debug", "memory=warning"});
  CHECK(changed.code == 0);
  CHECK(changed.out.find("memory=warning\n") != std::string::npos);
  CHECK(changed.out.find("proxy=debug\n") != std::string::npos);
  CHECK(is_logged(priority::debug, component::proxy));
  CHECK(rolectl_at(door, {"log-level", "info"}).out == usual.out);

  const auto wrong = rolectl_at(door, {"log-level", "proxy=loud"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("unknown level 'loud'") != std::string::npos);
  CHECK(rolectl_at(door, {"log-level"}).out == usual.out);
}
