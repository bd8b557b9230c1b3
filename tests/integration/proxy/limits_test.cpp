#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

TEST_CASE("proxy: a body larger than the limit is 413 before it is sent") {
  front_door door({.max_request_body = 1000});
  auto client = door.connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 413);
  CHECK(answer.field("Connection") == "close");
  CHECK(answer.body.find("1000 bytes") != std::string::npos);
}

TEST_CASE("proxy: a client that sends its body all the same reads the 413") {
  front_door door({.max_request_body = 1000});
  auto client = door.connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n" +
              std::string(4'000'000, 'x'));
  CHECK(client.receive_message().status() == 413);
  client.end_sending();
  CHECK(client.is_ended());
}

TEST_CASE("proxy: chunks that add up to more than the limit are 413, up to it they are not") {
  front_door door({.max_request_body = 20});
  auto client = door.connect();
  const std::string head =
      "POST /v1/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  client.send(head + "10\r\n{\"model\":\"solo\"}\r\n4\r\n    \r\n0\r\n\r\n");
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().body.size() == 20);
  upstream.send(answer_text("ok"));
  CHECK(client.receive_message().status() == 200);
  client.send(head + "10\r\n{\"model\":\"solo\"}\r\n5\r\n     \r\n0\r\n\r\n");
  CHECK(client.receive_message().status() == 413);
}

TEST_CASE("proxy: a header larger than the limit is 431") {
  front_door door;
  for (const std::string field : {"X-Long: ", ""}) {
    auto client = door.connect();
    static_cast<void>(
        client.try_send("GET /health HTTP/1.1\r\nHost: a\r\n" + field + std::string(70'000, 'x')));
    const auto answer = client.receive_message();
    CHECK(answer.status() == 431);
    CHECK(answer.body.find("65536 bytes") != std::string::npos);
  }
  auto client = door.connect();
  client.send("GET /health HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(60'000, 'x') +
              "\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
}

TEST_CASE("proxy: a refusal has a body, though the request before it was HEAD") {
  front_door door;
  auto client = door.connect();
  client.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
  CHECK(client.receive_message(true).status() == 200);
  CHECK(client.receive_message().body.starts_with("{\"error\""));
}

TEST_CASE("proxy: chunk framing and trailers without end are refused") {
  front_door door;
  for (const std::string endless : {"1;", "0\r\nX-Trailer: "}) {
    auto client = door.connect();
    static_cast<void>(client.try_send(
        "POST /v1/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + endless +
        std::string(200'000, 'x')));
    CHECK(client.receive_message().status() == 431);
  }
}

TEST_CASE("proxy: a header that does not come to its end in time is 408") {
  front_door door({.limits = {.header = 50ms}});
  auto client = door.connect();
  client.send("GET /health HTTP/1.1\r\n");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 408);
  CHECK(answer.field("Connection") == "close");
}

TEST_CASE("proxy: a body that stops coming is 408") {
  front_door door({.limits = {.body = 50ms}});
  auto client = door.connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  CHECK(client.receive_message().status() == 408);
}

TEST_CASE("proxy: a connection without a request is closed in time, without a word") {
  front_door door({.limits = {.idle = 50ms}});
  auto silent = door.connect();
  CHECK(silent.is_ended());
  auto used = door.connect();
  used.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(used.receive_message().status() == 200);
  CHECK(used.is_ended());
}

TEST_CASE("proxy: connections beyond the limit wait for one to end") {
  front_door door({.limits = {.connections = 1}});
  auto first = door.connect();
  first.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(first.receive_message().status() == 200);
  auto second = door.connect();
  second.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  first.close();
  CHECK(second.receive_message().status() == 200);
}
