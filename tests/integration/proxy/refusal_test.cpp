#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;
using rolecall::proxy::refusal_code;

TEST_CASE("proxy: a request waits for a closed role until its lease is granted") {
  front_door door;
  auto client = door.post("cold");
  door.leases.wait_for_waiters(1);
  CHECK_FALSE(door.cold.port.has_connection());
  door.leases.grant(door.cold.gate);
  auto upstream = door.cold.port.accept();
  upstream.receive_message();
  upstream.send(answer_text("loaded"));
  CHECK(client.receive_message().body == "loaded");
  CHECK(door.metric(R"(rolecall_queue_wait_seconds_count{role="cold"})") == 1);
  client.send(front_door::post_text("cold"));  // its gate is open now: nobody is asked
  upstream.receive_message();
  upstream.send(answer_text("ready"));
  CHECK(client.receive_message().body == "ready");
  CHECK(door.metric(R"(rolecall_queue_wait_seconds_count{role="cold"})") == 1);
}

TEST_CASE("proxy: the control plane's refusals reach the client with their status and reason") {
  struct row {
    refusal_code code;
    unsigned status;
    std::string type;
  };
  front_door door;
  auto client = door.connect();
  for (const auto& expected : {row{refusal_code::never_fits, 507, "server_error"},
                               row{refusal_code::queue_full, 429, "rate_limit_error"},
                               row{refusal_code::deadline, 503, "server_error"},
                               row{refusal_code::role_failed, 503, "server_error"},
                               row{refusal_code::shutting_down, 503, "server_error"}}) {
    client.send(front_door::post_text("cold"));
    door.leases.refuse({.code = expected.code, .message = "needs 9 GiB of 8", .retry_after = 3s});
    const auto answer = client.receive_message();
    CHECK(answer.status() == expected.status);
    CHECK(answer.field("Retry-After") == "3");
    CHECK(answer.field("Content-Type") == "application/json");
    CHECK(answer.body.find(R"("message":"needs 9 GiB of 8")") != std::string::npos);
    CHECK(answer.body.find("\"type\":\"" + expected.type + '"') != std::string::npos);
  }
  door.stop();
  CHECK(door.metric(
            R"(rolecall_requests_total{role="cold",route="chat_completions",status="503"})") == 3);
}

TEST_CASE("proxy: a refusal without a time to come back has no Retry-After") {
  front_door door;
  auto client = door.post("cold");
  door.leases.refuse({.code = refusal_code::never_fits, .message = "never"});
  CHECK(client.receive_message().head.find("Retry-After") == std::string::npos);
}

TEST_CASE("proxy: an unknown role is 404 and names the roles") {
  front_door door;
  auto client = door.post("sol");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 404);
  CHECK(answer.body.find("did you mean 'solo'") != std::string::npos);
  CHECK(answer.body.find("solo, twin, cold") != std::string::npos);
  door.stop();
  CHECK(door.metric(R"(rolecall_requests_total{role="",route="chat_completions",status="404"})") ==
        1);
}

TEST_CASE("proxy: malformed JSON is 400 with its offset, and the connection goes on") {
  front_door door;
  auto client = door.connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{\"model\":");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 400);
  CHECK(answer.body.find("(offset 9)") != std::string::npos);
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
}

TEST_CASE("proxy: a wrong method is 405 with the right ones") {
  front_door door;
  auto client = door.connect();
  client.send("DELETE /v1/models HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 405);
  CHECK(answer.field("Allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("proxy: a request with two readings is 400 and the end of its connection") {
  for (const std::string head :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Host: b\r\n"}) {
    front_door door;
    auto client = door.connect();
    client.send("POST /roles/solo/x HTTP/1.1\r\nHost: a\r\n" + head +
                "\r\n0\r\n\r\nGET /roles/solo/smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = client.receive_message();
    CHECK_MESSAGE(answer.status() == 400, head);
    CHECK(answer.field("Connection") == "close");
    client.end_sending();
    CHECK(client.is_ended());
    CHECK_FALSE(door.solo.port.has_connection());
  }
}

TEST_CASE("proxy: what is not HTTP is 400") {
  front_door door;
  auto client = door.connect();
  client.send("\x16\x03\x01\x02");  // TLS
  client.send("\r\n\r\n");
  CHECK(client.receive_message().status() == 400);
}

TEST_CASE("proxy: the list of models and health are answered without any upstream") {
  front_door door;
  auto client = door.connect();
  client.send(
      "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/models/gpt-4 HTTP/1.1\r\nHost: a\r\n\r\n"
      "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().body.find(R"("id":"twin","object":"model")") != std::string::npos);
  CHECK(client.receive_message().body.find(R"("id":"solo")") != std::string::npos);
  CHECK(client.receive_message(true).field("Allow") == "POST, OPTIONS");
}
