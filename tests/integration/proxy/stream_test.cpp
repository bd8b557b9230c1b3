#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

struct begun_stream {
  front_door door;
  peer client = door.post("solo", R"(,"stream":true)");
  peer upstream = door.solo.port.accept();

  begun_stream() {
    upstream.receive_message();
    upstream.send(stream_head());
  }
};

}  // namespace

TEST_CASE("proxy: an event stream's head arrives before its first event") {
  begun_stream stream;
  const auto head = stream.client.receive_to("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("\r\nContent-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("\r\nX-Accel-Buffering: no\r\n") != std::string::npos);
}

TEST_CASE("proxy: each event arrives before the next one is sent") {
  begun_stream stream;
  stream.client.receive_to("\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    const auto event = "data: {\"token\":" + std::to_string(i) + "}\n\n";
    stream.upstream.send(chunk(event));
    CHECK(stream.client.receive_chunk() == event);
  }
  stream.upstream.send(last_chunk);
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: part of a chunk arrives before the rest of it is sent") {
  begun_stream stream;
  stream.client.receive_to("\r\n\r\n");
  stream.upstream.send("b\r\ndata: ");
  CHECK(stream.client.receive_chunk() == "data: ");
  stream.upstream.send("one\n\n\r\n");
  CHECK(stream.client.receive_chunk() == "one\n\n");
}

TEST_CASE("proxy: pieces of an answer with a length arrive before the rest of it is sent") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  client.receive_to("\r\n\r\n");
  CHECK(client.receive_bytes(3) == "abc");
  upstream.send("def");
  CHECK(client.receive_bytes(3) == "def");
}

TEST_CASE("proxy: a stream's end frees both connections for the next request") {
  begun_stream stream;
  stream.upstream.send(chunk("data: [DONE]\n\n") + std::string{last_chunk});
  CHECK(stream.client.receive_message().body == "data: [DONE]\n\n");
  stream.client.send(front_door::post_text("solo"));
  stream.upstream.receive_message();
  stream.upstream.send(answer_text("next"));
  CHECK(stream.client.receive_message().body == "next");
}

TEST_CASE("proxy: the lease is held to the stream's last byte") {
  begun_stream stream;
  stream.client.receive_to("\r\n\r\n");
  CHECK(stream.door.solo.gate.gate.leases() == 1);
  CHECK_FALSE(stream.door.solo.gate.gate.close_if_idle());
  stream.upstream.send(last_chunk);
  CHECK(stream.client.receive_chunk().empty());
  stream.door.leases.wait_until_idle(stream.door.solo.gate);
  CHECK(stream.door.solo.gate.gate.leases() == 0);
}

namespace {

// A call of Ollama's chat that streams, and the llama-server's side of it.
struct ollama_stream {
  front_door door;
  peer client = door.connect();
  peer upstream = ask();

  peer ask() {
    constexpr std::string_view body =
        R"({"model":"solo","messages":[{"role":"user","content":"hi"}]})";
    client.send("POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
    auto accepted = door.solo.port.accept();
    CHECK(accepted.receive_message().body.find(R"("stream":true)") != std::string::npos);
    accepted.send(stream_head());
    client.receive_to("\r\n\r\n");
    return accepted;
  }
  void tell(std::string_view json) { upstream.send(chunk("data: " + std::string{json} + "\n\n")); }
};

}  // namespace

TEST_CASE("proxy: a translated stream's lines arrive one by one, and its end as its own line") {
  ollama_stream stream;
  stream.tell(R"({"choices":[{"delta":{"content":"one"}}]})");
  const auto line = stream.client.receive_chunk();
  CHECK(line.find(R"("content":"one")") != std::string::npos);
  CHECK(line.ends_with("\n"));
  stream.tell(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})");
  stream.upstream.send(chunk("data: [DONE]\n\n") + std::string{last_chunk});
  CHECK(stream.client.receive_chunk().find(R"("done":true)") != std::string::npos);
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: a translated stream that breaks off says so, and its connection goes on") {
  ollama_stream stream;
  stream.tell(R"({"choices":[{"delta":{"content":"one"}}]})");
  stream.client.receive_chunk();
  stream.upstream.reset();
  CHECK(stream.client.receive_chunk().starts_with(R"({"error":)"));
  CHECK(stream.client.receive_chunk().empty());
  stream.client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(stream.client.receive_message().status() == 200);
}

TEST_CASE("proxy: after an error told in a translated stream, its breaking off adds nothing") {
  ollama_stream stream;
  stream.tell(R"({"error":{"message":"no more","type":"server_error","code":500}})");
  CHECK(stream.client.receive_chunk().find("no more") != std::string::npos);
  stream.upstream.reset();
  CHECK(stream.client.receive_chunk().empty());
  stream.client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(stream.client.receive_message().status() == 200);
}
