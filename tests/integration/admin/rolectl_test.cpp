#include "tests/integration/admin/rolectl_runs.hpp"
#include "tests/support/free_ports.hpp"
#include "tools/rolectl/status_view.hpp"

#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <sys/socket.h>

namespace {

using namespace rolecall;
using admin::command;
using admin::command_error;
using test::admin_door;
using test::program_result;
using test::rolectl_at;
using test::run_rolectl;
using test::scripted_fleet;

/// A front door that answers one request with a canned answer.
class canned_front_door {
 public:
  explicit canned_front_door(std::string answer)
      : thread_([this, text = std::move(answer)] {
          auto client = acceptor_.accept();
          std::string request;
          boost::asio::read_until(client, boost::asio::dynamic_buffer(request), "\"stream\":true");
          boost::asio::write(client, boost::asio::buffer(text));
        }) {}

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{
      io_, boost::asio::ip::tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::jthread thread_;
};

program_result chat_with(const std::string& answer) {
  admin_door door;
  const canned_front_door front{answer};
  door.on_control([&](scripted_fleet& fleet) { fleet.current.listen = {front.address()}; });
  return rolectl_at(door, {"chat", "frontdoor", "Hello"});
}

constexpr const char* stream_header =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("rolectl: status prints the fleet as a table, and as JSON") {
  const admin_door door;
  const auto table = rolectl_at(door, {"status"});
  CHECK(table.code == 0);
  CHECK(table.out == rolectl::status_text(test::small_fleet(), {}));
  CHECK(table.err.empty());
  CHECK(rolectl_at(door, {"status", "--json"}).out == to_json(test::small_fleet()) + "\n");
}

TEST_CASE(
    "rolectl: the daemon is found by the option, by the variable, and through its unix socket") {
  const admin_door door;
  const auto socket = "unix:" + door.socket().string();
  CHECK(run_rolectl({"status", "--admin", socket}).code == 0);
  CHECK(run_rolectl({"--admin", socket, "status"}).code == 0);
  CHECK(run_rolectl({"status"}, {"ROLECALL_ADMIN=" + socket}).code == 0);
}

TEST_CASE("rolectl: without a daemon it ends with 3 and says where it looked and what to do") {
  const test::temporary_directory folder;
  const auto nobody = "127.0.0.1:" + std::to_string(test::free_ports(1).front());
  auto result = run_rolectl({"status", "--admin", nobody});
  CHECK(result.code == 3);
  CHECK(result.out.empty());
  CHECK(
      result.err ==
      "rolectl: cannot reach rolecalld at " + nobody +
          ": connection refused; is it running? start it with `rolecalld --registry FILE`, or name "
          "its admin address with --admin\n");
  const auto socket = "unix:" + (folder.path() / "none.sock").string();
  result = run_rolectl({"load", "frontdoor", "--admin", socket});
  CHECK(result.code == 3);
  CHECK(result.err.find(socket + ": no such file or directory") != std::string::npos);
}

TEST_CASE("rolectl: wrong usage ends with 2") {
  CHECK(run_rolectl({}).code == 2);
  CHECK(run_rolectl({"explode"}).code == 2);
  CHECK(run_rolectl({"load"}).code == 2);
  CHECK(run_rolectl({"logs", "a", "-n", "many"}).code == 2);
  CHECK(run_rolectl({"status", "--admin", "nonsense"}).code == 2);
  CHECK(run_rolectl({"status", "--watch", "--json"}).code == 2);
  CHECK(run_rolectl({"reload", "now"}).code == 2);
  CHECK(run_rolectl({"chat", "frontdoor"}).code == 2);  // stdin is empty
}

TEST_CASE("rolectl: reload prints the plan, and a refusal with its places on stderr") {
  admin_door door;
  door.on_control([](auto& fleet) {
    admin::reload_plan plan;
    plan.roles.push_back({.name = "coder",
                          .tier = "hot",
                          .what = admin::reload_plan::change::restart,
                          .why = "its command line differs",
                          .settings = {{"context", "2048", "4096", false}}});
    fleet.reloaded = plan;
  });
  const auto planned = rolectl_at(door, {"reload", "--dry-run"});
  CHECK(planned.code == 0);
  CHECK(planned.out.find("coder restarts") != std::string::npos);
  CHECK(planned.out.find("context: 2048 → 4096") != std::string::npos);
  CHECK(planned.out.find("nothing was changed") != std::string::npos);
  door.on_control([](auto& fleet) {
    CHECK(fleet.reloads.back().dry_run);
    fleet.reloaded = admin::reload_refusal{.is_wrong = true,
                                           .message = "cannot reload r.yaml\nr.yaml:1:2: error",
                                           .diagnostics = {"r.yaml:1:2: error"}};
  });
  const auto refused = rolectl_at(door, {"reload"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("r.yaml:1:2: error") != std::string::npos);
}

TEST_CASE("rolectl: watching without a terminal is wrong usage") {
  const admin_door door;
  const auto result = rolectl_at(door, {"status", "--watch"});
  CHECK(result.code == 2);
  CHECK(result.err.find("--watch needs a terminal") != std::string::npos);
}

TEST_CASE("rolectl: version and help end with 0, and each command has a page") {
  CHECK(run_rolectl({"--version"}).out.starts_with("rolectl "));
  CHECK(run_rolectl({"--version"}).code == 0);
  const auto help = run_rolectl({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("Exit codes:\n  0    done\n") != std::string::npos);
  CHECK(run_rolectl({"load", "--help"}).out.find("Usage: rolectl load [OPTIONS] ROLE\n") !=
        std::string::npos);
  CHECK(run_rolectl({"plan", "load", "-h"}).code == 0);
}

TEST_CASE("rolectl: who is wrong is told what and where to read on") {
  CHECK(run_rolectl({"explode"}).err ==
        "rolectl: there is no command 'explode'; see rolectl --help\n");
  CHECK(run_rolectl({}).err == "rolectl: a command is missing; see rolectl --help\n");
  CHECK(run_rolectl({"load"}).err == "rolectl: ROLE is required; see rolectl load --help\n");
  CHECK(run_rolectl({"plan", "load"}).err ==
        "rolectl: ROLE is required; see rolectl plan load --help\n");
}

TEST_CASE("rolectl: roles prints their names, a line each") {
  const admin_door door;
  CHECK(rolectl_at(door, {"roles"}).out == "frontdoor\nembedder\nworker_math\n");
}

TEST_CASE("rolectl: commands wait unless told not to, and print where the role has arrived") {
  admin_door door;
  auto result = rolectl_at(door, {"load", "frontdoor"});
  CHECK(result.code == 0);
  CHECK(result.out == "frontdoor: ready\n");
  result = rolectl_at(door, {"unload", "embedder", "--no-wait", "--force"});
  CHECK(result.out == "embedder: stopped 2/2, unload under way\n");
  CHECK(rolectl_at(door, {"pin", "default"}).code == 0);
  using call = scripted_fleet::call;
  CHECK(door.on_control([](scripted_fleet& fleet) { return fleet.calls; }) ==
        std::vector<call>{{command::load, "frontdoor", true, false},
                          {command::unload, "embedder", false, true},
                          {command::pin, "frontdoor", true, false}});
}

TEST_CASE("rolectl: what the daemon refuses ends with 1 and the reason on stderr") {
  admin_door door;
  auto result = rolectl_at(door, {"load", "nobody"});
  CHECK(result.code == 1);
  CHECK(result.err ==
        "rolectl: unknown role 'nobody'; the roles are frontdoor, embedder, worker_math\n");
  door.on_control([](scripted_fleet& fleet) {
    fleet.outcome = command_error{command_error::kind::refused,
                                  "cannot unload frontdoor: 2 requests are running"};
  });
  result = rolectl_at(door, {"unload", "frontdoor"});
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(result.err == "rolectl: cannot unload frontdoor: 2 requests are running\n");
}

TEST_CASE("rolectl: memory shows the fleet and one role") {
  const admin_door door;
  CHECK(rolectl_at(door, {"memory"}).out.find("2.0 GiB of 8.0 GiB reserved") != std::string::npos);
  CHECK(rolectl_at(door, {"memory", "embedder"}).out.find("embedder-2") != std::string::npos);
  CHECK(rolectl_at(door, {"memory", "--json"}).out == memory_json(test::small_fleet()) + "\n");
}

TEST_CASE("rolectl: chat prints the answer as it comes and the timings apart from it") {
  const auto result = chat_with(
      std::string{stream_header} +
      "data: {\"choices\":[{\"delta\":{\"content\":\"Good \"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"day\"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"timings\":{\"prompt_n\":3,"
      "\"prompt_per_second\":10,\"predicted_n\":2,\"predicted_per_second\":5,\"draft_n\":4,\"draft_"
      "n_accepted\":1}}\n\n"
      "data: [DONE]\n\n");
  CHECK(result.code == 0);
  CHECK(result.out == "Good day\n");
  CHECK(result.err.find(
            "2 tokens at 5.0/s, prompt 3 tokens at 10.0/s, 1 of 4 drafted tokens accepted\n") !=
        std::string::npos);
}

TEST_CASE("rolectl: a chat that fails at the start, in the middle or before its end ends with 1") {
  auto result = chat_with(
      "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
      R"({"error":{"message":"unknown role 'x'"}})");
  CHECK(result.code == 1);
  CHECK(result.err == "rolectl: unknown role 'x'\n");
  result = chat_with(std::string{stream_header} +
                     "data: {\"choices\":[{\"delta\":{\"content\":\"Go\"}}]}\n\n" +
                     "event: error\ndata: {\"error\":{\"message\":\"upstream died\"}}\n\n");
  CHECK(result.code == 1);
  CHECK(result.out == "Go\n");
  CHECK(result.err == "rolectl: upstream died\n");
  result = chat_with(std::string{stream_header} +
                     "data: {\"choices\":[{\"delta\":{\"content\":\"Go\"}}]}\n\n");
  CHECK(result.code == 1);
  CHECK(result.err == "rolectl: the answer was cut short\n");
}

TEST_CASE("rolectl: check needs no daemon, tells the place of each error and ends with 1") {
  const test::temporary_directory folder;
  const auto file = (folder.path() / "registry.yaml").string();
  std::ofstream{file}
      << "version: 1\nmodels:\n  m: {path: m.gguf}\nroles:\n  a: {model: m, port: 8080}\n";
  auto result = run_rolectl({"check", file, "--offline"});
  CHECK(result.code == 0);
  CHECK(result.out == file + ": 1 role, 1 model, no errors, no warnings\n");
  result = run_rolectl({"check", file});
  CHECK(result.code == 1);
  CHECK(result.err.starts_with(file + ":3:"));

  std::ofstream{file}
      << "version: 1\nmodels:\n  m: {path: m.gguf}\nroles:\n  a: {modle: m, port: 8080}\n";
  result = run_rolectl({"check", file, "--offline"});
  CHECK(result.code == 1);
  CHECK(result.err.find(file + ":5:7: error: ") != std::string::npos);
  CHECK(run_rolectl({"check"}, {"ROLECALL_REGISTRY=" + file}).code == 1);
  CHECK(run_rolectl({"check", "/nonexistent.yaml"}).code == 1);
}

TEST_CASE("rolectl: explain says why it cannot") {
  const test::temporary_directory folder;
  const auto file = (folder.path() / "registry.yaml").string();
  std::ofstream{file}
      << "version: 1\nmodels:\n  m: {path: m.gguf}\nroles:\n  a: {model: m, port: 8080}\n";
  auto result = run_rolectl({"explain", "nobody", "--registry", file});
  CHECK(result.code == 1);
  CHECK(result.err == "rolectl: cannot explain 'nobody': unknown role; the roles are a\n");
  result = run_rolectl({"explain", "a", "--registry", file});
  CHECK(result.code == 1);
  CHECK(result.err.find("m.gguf") != std::string::npos);
}

TEST_CASE("rolectl: schema is JSON") {
  const auto result = run_rolectl({"schema"});
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("{"));
  CHECK(result.out.find("$schema") != std::string::npos);
}
