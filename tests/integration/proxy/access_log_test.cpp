#include "tests/integration/proxy/front_door.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall;
using namespace rolecall::test;

namespace {

/// A front door that logs. Its lines are complete after stop().
class logging_door {
 public:
  explicit logging_door(access::access_files access = {}) {
    front_door::options options;
    options.access_log = folder_.path() / "access.log";
    options.access = std::move(access);
    door.emplace(options);
  }

  [[nodiscard]] std::vector<rapidjson::Document> lines() {
    door.reset();
    std::ifstream in(folder_.path() / "access.log");
    std::vector<rapidjson::Document> list;
    for (std::string line; std::getline(in, line);)
      REQUIRE_FALSE(list.emplace_back().Parse(line.data(), line.size()).HasParseError());
    return list;
  }

 private:
  temporary_directory folder_;

 public:
  std::optional<front_door> door;
};

std::string_view text_of(const rapidjson::Document& line, const char* name) {
  return line[name].IsString() ? line[name].GetString() : "";
}

}  // namespace

TEST_CASE("access log: a relayed request is told with role, instance, bytes and times") {
  logging_door logging;
  auto& door = *logging.door;
  const auto asked = front_door::post_text("gpt-4");
  auto client = door.connect();
  client.send(asked);
  auto upstream = door.solo.port.accept();
  const auto id = upstream.receive_message().field("X-Request-Id");
  upstream.send(answer_text(R"({"secret":"body"})"));
  const auto answer = client.receive_message();
  const auto lines = logging.lines();
  REQUIRE(lines.size() == 1);
  const auto& line = lines.front();
  CHECK(text_of(line, "request_id") == id);
  CHECK(line["trace_id"].IsNull());
  CHECK(text_of(line, "client") == "127.0.0.1");
  CHECK(line["key"].IsNull());
  CHECK(text_of(line, "role") == "solo");
  CHECK(text_of(line, "method") == "POST");
  CHECK(text_of(line, "path") == "/v1/chat/completions");
  CHECK(line["status"].GetInt() == 200);
  CHECK(line["bytes_in"].GetUint64() == asked.size());
  CHECK(line["bytes_out"].GetUint64() == answer.head.size() + answer.body.size());
  CHECK(line["queue_seconds"].IsNull());
  CHECK(line["first_byte_seconds"].GetDouble() > 0);
  CHECK(line["total_seconds"].GetDouble() >= line["first_byte_seconds"].GetDouble());
  CHECK(text_of(line, "outcome") == "answered");
}

TEST_CASE("access log: own pages, refusals, waits and broken answers are told apart") {
  logging_door logging;
  auto& door = *logging.door;
  {
    auto client = door.connect();
    client.send("GET /v1/models?key=secret HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)client.receive_message();
    client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)client.receive_message();
  }
  {
    auto client = door.post("solo");
    auto upstream = door.solo.port.accept();
    (void)upstream.receive_message();
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    (void)client.receive_to("some");
    upstream.close();
    (void)client.receive_all();
  }
  {
    auto client = door.post("cold");
    door.leases.wait_for_waiters(1);
    door.leases.refuse({.code = proxy::refusal_code::queue_full, .message = "full"});
    CHECK(client.receive_message().status() == 429);
  }
  const auto lines = logging.lines();
  REQUIRE(lines.size() == 4);
  CHECK(text_of(lines[0], "path") == "/v1/models");
  CHECK(text_of(lines[0], "outcome") == "page");
  CHECK(text_of(lines[1], "outcome") == "refused");
  CHECK(lines[1]["status"].GetInt() == 404);
  CHECK(text_of(lines[2], "outcome") == "incomplete");
  CHECK(lines[2]["status"].GetInt() == 200);
  CHECK(text_of(lines[3], "outcome") == "refused");
  CHECK(text_of(lines[3], "role") == "cold");
  CHECK(lines[3]["queue_seconds"].IsNumber());
}

TEST_CASE("access log: a client that leaves the queue is on record") {
  logging_door logging;
  auto& door = *logging.door;
  {
    auto client = door.post("cold");
    door.leases.wait_for_waiters(1);
  }
  door.leases.wait_for_withdrawals(1);
  const auto lines = logging.lines();
  REQUIRE(lines.size() == 1);
  CHECK(text_of(lines[0], "outcome") == "client_gone");
  CHECK(text_of(lines[0], "role") == "cold");
  CHECK(lines[0]["status"].GetInt() == 0);
}

TEST_CASE("access log: the trace that a request belongs to is told, when it is one") {
  logging_door logging;
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto parent = "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n";
  for (const auto& fields : {parent, std::string{"traceparent: 00-nothing\r\n"}, parent + parent}) {
    auto client = logging.door->connect();
    client.send("GET /health HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    (void)client.receive_message();
  }
  const auto lines = logging.lines();
  REQUIRE(lines.size() == 3);
  CHECK(text_of(lines[0], "trace_id") == trace);
  CHECK(lines[1]["trace_id"].IsNull());
  CHECK(lines[2]["trace_id"].IsNull());
}

TEST_CASE("access log: the key's name is told, the key never") {
  const auto keys = std::make_shared<const access::key_ring>(std::vector{
      registry::access_key{.name = "ann", .digest = access::digest_of("secret-ann"), .roles = {}}});
  logging_door logging({.clients = keys, .operators = nullptr, .tls = nullptr});
  for (const auto* key : {"secret-ann", "secret-bob"}) {
    auto client = logging.door->connect();
    client.send("GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + std::string{key} +
                "\r\n\r\n");
    (void)client.receive_message();
  }
  const auto lines = logging.lines();
  REQUIRE(lines.size() == 2);
  CHECK(text_of(lines[0], "key") == "ann");
  CHECK(lines[0]["status"].GetInt() == 200);
  CHECK(lines[1]["key"].IsNull());
  CHECK(lines[1]["status"].GetInt() == 401);
}
