#include "tests/integration/proxy/front_door.hpp"

#include <future>

#include <doctest/doctest.h>

using namespace rolecall::test;

TEST_CASE("proxy: a request goes to its role's upstream and the answer comes back, byte for byte") {
  front_door door;
  auto client = door.connect();
  const std::string body =
      "{ \"model\" : \"gpt-4\",\t\"x\":[1,  2e0], \"\\u00e9\":\"\xC3\xA9\" }\n";
  client.send("POST /v1/chat/completions?trace=1 HTTP/1.1\r\nHost: front\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\nAuthorization: Bearer secret\r\n\r\n" + body);
  auto upstream = door.solo.port.accept();
  const auto asked = upstream.receive_message();
  CHECK(asked.head.starts_with("POST /v1/chat/completions?trace=1 HTTP/1.1\r\n"));
  CHECK(asked.field("Host") == "127.0.0.1:" + std::to_string(door.solo.port.port()));
  CHECK(asked.field("X-Forwarded-For") == "127.0.0.1");
  CHECK(asked.head.find("secret") == std::string::npos);
  CHECK(asked.body == body);
  upstream.send(answer_text(R"({"choices":[]})"));
  const auto answer = client.receive_message();
  CHECK(answer.status() == 200);
  CHECK(answer.field("Content-Type") == "application/json");
  CHECK(answer.field("Connection") == "keep-alive");
  CHECK(answer.body == R"({"choices":[]})");
  door.leases.wait_until_idle(door.solo.gate);
  CHECK(door.metric(R"(rolecall_time_to_first_byte_seconds_count{role="solo"})") == 1);
}

TEST_CASE("proxy: a role's prefix reaches any route of its llama-server") {
  front_door door;
  auto client = door.connect();
  client.send("GET /roles/solo/slots?x=1 HTTP/1.1\r\nHost: front\r\n\r\n");
  auto upstream = door.solo.port.accept();
  const auto asked = upstream.receive_message();
  CHECK(asked.head.starts_with("GET /slots?x=1 HTTP/1.1\r\n"));
  CHECK(asked.head.find("Content-Length") == std::string::npos);
  upstream.send(answer_text("[]"));
  CHECK(client.receive_message().body == "[]");
}

TEST_CASE("proxy: HEAD is answered with the head alone, and the connection goes on") {
  front_door door;
  auto client = door.connect();
  client.send("HEAD /roles/solo/props HTTP/1.1\r\nHost: front\r\n\r\n");
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.starts_with("HEAD /props HTTP/1.1\r\n"));
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
  const auto answer = client.receive_message(true);
  CHECK(answer.status() == 200);
  CHECK(answer.field("Content-Length") == "1234");
  client.send(
      "HEAD /health HTTP/1.1\r\nHost: front\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message(true).status() == 200);
  CHECK(client.receive_message().body.starts_with("{"));
}

TEST_CASE("proxy: one connection on each side carries request after request") {
  front_door door;
  auto client = door.connect();
  client.send(front_door::post_text("solo"));
  auto upstream = door.solo.port.accept();
  for (int i = 0; i < 5; ++i) {
    CHECK(upstream.receive_message().body.find("solo") != std::string::npos);
    upstream.send(answer_text(std::to_string(i)));
    CHECK(client.receive_message().body == std::to_string(i));
    client.send(front_door::post_text("solo"));
  }
  CHECK_FALSE(door.solo.port.has_connection());
  upstream.receive_message();
  upstream.send(answer_text("end"));
  CHECK(client.receive_message().body == "end");
}

TEST_CASE("proxy: an upstream that says it will close is not asked again on that connection") {
  front_door door;
  auto client = door.post("solo");
  auto first = door.solo.port.accept();
  first.receive_message();
  first.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1");
  const auto answer = client.receive_message();
  CHECK(answer.body == "1");
  CHECK(answer.field("Connection") == "keep-alive");  // ours is another connection
  CHECK(first.is_ended());
  client.send(front_door::post_text("solo"));
  auto second = door.solo.port.accept();
  second.receive_message();
  second.send(answer_text("2"));
  CHECK(client.receive_message().body == "2");
}

TEST_CASE("proxy: requests sent ahead are answered in their order") {
  front_door door;
  auto client = door.connect();
  client.send(front_door::post_text("solo", R"(,"n":1)") +
              "GET /health HTTP/1.1\r\nHost: a\r\n\r\n" +
              front_door::post_text("twin", R"(,"n":2)"));
  auto solo = door.solo.port.accept();
  CHECK(solo.receive_message().body.find(R"("n":1)") != std::string::npos);
  CHECK_FALSE(door.twin_a.port.has_connection());
  solo.send(answer_text("first"));
  CHECK(client.receive_message().body == "first");
  CHECK(client.receive_message().body.find("\"status\":\"ok\"") != std::string::npos);
  auto twin = door.twin_a.port.accept();
  CHECK(twin.receive_message().body.find(R"("n":2)") != std::string::npos);
  twin.send(answer_text("second"));
  CHECK(client.receive_message().body == "second");
}

TEST_CASE("proxy: a request and an answer may come a byte at a time") {
  front_door door;
  auto client = door.connect();
  for (const char c : front_door::post_text("solo")) client.send({&c, 1});
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().body.ends_with("}"));
  for (const char c : stream_head() + chunk("data: one\n\n") + chunk("data: two\n\n") + "0\r\n\r\n")
    upstream.send({&c, 1});
  CHECK(client.receive_message().body == "data: one\n\ndata: two\n\n");
}

TEST_CASE("proxy: a request in chunks is sent on with its length") {
  front_door door;
  auto client = door.connect();
  client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8;x=y\r\n{\"model\"\r\n8\r\n:\"solo\"}\r\n0\r\nX-Trailer: 1\r\n\r\n");
  auto upstream = door.solo.port.accept();
  const auto asked = upstream.receive_message();
  CHECK(asked.field("Content-Length") == "16");
  CHECK(asked.head.find("Transfer-Encoding") == std::string::npos);
  CHECK(asked.body == R"({"model":"solo"})");
  upstream.send(answer_text("ok"));
  CHECK(client.receive_message().body == "ok");
}

TEST_CASE("proxy: a client that waits for 100 Continue is told to go on, once") {
  front_door door;
  auto client = door.connect();
  client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
      "16\r\n\r\n");
  CHECK(client.receive_to("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(R"({"model")");
  client.send(R"(:"solo"})");
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.find("Expect") == std::string::npos);
  upstream.send(answer_text("ok"));
  CHECK(client.receive_message().status() == 200);
}

TEST_CASE("proxy: an expectation nobody knows is 417") {
  front_door door;
  auto client = door.connect();
  client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.receive_message().status() == 417);
}

TEST_CASE("proxy: an HTTP/1.0 client gets a chunked answer up to the connection's end") {
  front_door door;
  auto client = door.connect();
  client.send("GET /roles/solo/stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + chunk("one") + chunk("two") + std::string{last_chunk});
  const auto text = client.receive_all();
  CHECK(text.find("Transfer-Encoding") == std::string::npos);
  CHECK(text.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\nonetwo"));
}

TEST_CASE("proxy: an answer that ends with its connection reaches the client in chunks") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\n\r\nto the ");
  upstream.send("end");
  upstream.close();
  const auto answer = client.receive_message();
  CHECK(answer.complete);
  CHECK(answer.body == "to the end");
}

TEST_CASE("proxy: interim answers of the upstream end here") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                answer_text("final"));
  const auto answer = client.receive_message();
  CHECK(answer.status() == 200);
  CHECK(answer.head.find("Link") == std::string::npos);
  CHECK(answer.body == "final");
}

TEST_CASE("proxy: an upstream's own errors are passed on as they are") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(answer_text(R"({"error":{"code":400}})", "400 Bad Request"));
  const auto answer = client.receive_message();
  CHECK(answer.status() == 400);
  CHECK(answer.body == R"({"error":{"code":400}})");
  door.leases.wait_until_idle(door.solo.gate);
}

TEST_CASE("proxy: answers without a body have none") {
  front_door door;
  auto client = door.connect();
  client.send(
      "GET /roles/solo/a HTTP/1.1\r\nHost: a\r\n\r\nGET /roles/solo/b HTTP/1.1\r\nHost: a\r\n\r\n");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(client.receive_message(true).status() == 204);
  upstream.receive_message();
  upstream.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
  CHECK(client.receive_message(true).status() == 304);
}

TEST_CASE("proxy: a request's last line break too many is overlooked") {
  front_door door;
  auto client = door.connect();
  client.send(
      "\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
  CHECK(client.receive_message().body.starts_with("Rolecall"));
}

TEST_CASE("proxy: the request that asks for it is the connection's last") {
  front_door door;
  auto client = door.connect();
  client.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answer = client.receive_message();
  CHECK(answer.field("Connection") == "close");
  CHECK(client.is_ended());
}

TEST_CASE("proxy: 2 MiB pass both ways unharmed") {
  front_door door;
  std::string filling(2 << 20, ' ');
  for (std::size_t i = 0; i < filling.size(); ++i)
    filling[i] = static_cast<char>('a' + (i * 7 + i / 4096) % 26);
  const auto text = front_door::post_text("solo", R"(,"image":")" + filling + '"');
  auto client = door.connect();
  client.send(text);
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().body == text.substr(text.find("\r\n\r\n") + 4));
  // More than the sockets hold: sending and receiving go on at the same time.
  const auto sending = std::async(std::launch::async, [&] { upstream.send(answer_text(filling)); });
  CHECK(client.receive_message().body == filling);
}
