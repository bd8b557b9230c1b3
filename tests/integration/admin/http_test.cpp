#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <doctest/doctest.h>

namespace {

using test_door = rolecall::test::admin_door;
using rolecall::test::peer;
using rolecall::test::request_text;
using rolecall::test::talk;

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

}  // namespace

TEST_CASE(
    "admin: what there is not is answered 404, with the wrong method 405 and the right one, both "
    "as JSON") {
  const test_door door;
  auto answer = door.get("/nothing");
  CHECK(answer.status == 404);
  CHECK(answer.headers.at("content-type") == "application/json");
  answer = door.get("/admin/roles/embedder/load");
  CHECK(answer.status == 405);
  CHECK(answer.headers.at("allow") == "POST");
  answer = door.post("/admin/status");
  CHECK(answer.status == 405);
  CHECK(answer.headers.at("allow") == "GET, HEAD");
  CHECK(door.get("/admin/status?pretty=1").status == 400);
}

TEST_CASE("admin: one connection takes one request after the other, also when they come together") {
  const test_door door;
  peer client{door.port()};
  const std::string request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send(request);
  CHECK(client.read_until("ok\n").starts_with("HTTP/1.1 200 OK\r\n"));
  client.send(request + request);
  CHECK(client.read_until("ok\n").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(client.read_until("ok\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("admin: a request that comes behind a command which is waited for is answered after it") {
  test_door door;
  door.on_control([](auto& fleet) { fleet.outcome.reset(); });
  peer client{door.port()};
  client.send(
      "POST /admin/roles/embedder/load?wait=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
      "0\r\n\r\n" +
      request_text("GET", "/livez"));
  door.wait_until([](auto& fleet) { return fleet.calls.size() == 1; });
  door.on_control([](auto& fleet) { fleet.release(); });
  const auto answers = client.read_to_end();
  CHECK(answers.find(R"("done":true)") != std::string::npos);
  CHECK(answers.ends_with("ok\n"));
}

TEST_CASE("admin: HEAD tells the length and sends no body") {
  const test_door door;
  const auto answer = talk(door.port(), request_text("HEAD", "/livez"));
  CHECK(status_line(answer) == "HTTP/1.1 200 OK");
  CHECK(answer.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("admin: malformed and oversized requests are answered and end the connection") {
  const test_door door;
  CHECK(status_line(talk(door.port(), "nonsense\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_line(talk(door.port(),
                         request_text("GET", "/livez", "X: " + std::string(9000, 'x') + "\r\n"))) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_line(talk(door.port(), request_text("POST", "/admin/roles/a/load",
                                                   "Content-Length: 5000\r\n"))) ==
        "HTTP/1.1 413 Payload Too Large");
}

TEST_CASE("admin: a foreign host name that points here is refused, so is a second Host") {
  const test_door door;
  CHECK(status_line(talk(
            door.port(),
            "GET /admin/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")) ==
        "HTTP/1.1 403 Forbidden");
  CHECK(status_line(talk(door.port(), request_text("GET", "/livez", "Host: localhost\r\n"))) ==
        "HTTP/1.1 400 Bad Request");
  CHECK(status_line(talk(door.port(), "GET /livez HTTP/1.0\r\n\r\n")) == "HTTP/1.0 200 OK");
}

TEST_CASE("admin: a peer that sends half a request and leaves does no harm") {
  const test_door door;
  {
    peer client{door.port()};
    client.send("GET /livez HT");
  }
  CHECK(door.get("/livez").status == 200);
}

TEST_CASE("admin: connections beyond the limit are closed at once and those below it go on") {
  const test_door door;
  std::vector<peer> clients;
  for (int i = 0; i < 128; ++i) {
    clients.emplace_back(door.port());
    clients.back().send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    clients.back().read_until("ok\n");
  }
  CHECK(peer{door.port()}.read_to_end().empty());
  clients.front().send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(clients.front().read_until("ok\n").starts_with("HTTP/1.1 200 OK\r\n"));
}
