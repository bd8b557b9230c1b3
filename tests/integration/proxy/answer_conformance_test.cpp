#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

// What an upstream may do to an answer, and what of it the client gets. Whatever it was, the next
// request is answered by its own answer: each one's nonce tells whose it is.

namespace {

enum class ending { stays, closes, resets };

struct upstream_answer {
  std::string name;
  /// From the upstream. NONCE stands for the request's; at | the client must have got what came
  /// before.
  std::string text;
  ending after = ending::stays;
  std::string method = "GET";
  unsigned status = 200;
  std::string body = "NONCE";  ///< at the client, decoded
  bool complete = true;        ///< its end is seen; otherwise the connection ends before it
  bool kept = false;           ///< the next request comes on the same connection
};

std::string filled_in(std::string text, const std::string& nonce) {
  constexpr std::string_view mark = "NONCE";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
    text.replace(at, mark.size(), nonce);
  return text;
}

std::string asking(const std::string& method, const std::string& nonce) {
  return method + " /roles/solo/" + nonce + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

void end(peer& upstream, ending how) {
  switch (how) {
    case ending::stays:
      break;
    case ending::closes:
      upstream.close();
      break;
    case ending::resets:
      upstream.reset();
      break;
  }
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
// NONCE is as long as the nonces are.
const std::string of_length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const std::string another = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";

std::vector<upstream_answer> whole_answers() {
  return {
      {.name = "a length", .text = of_length + "NONCE", .kept = true},
      {.name = "chunks",
       .text = chunked + "1\r\n<\r\n5\r\nNONCE\r\n0\r\n\r\n",
       .body = "<NONCE",
       .kept = true},
      {.name = "chunks with extensions and a trailer",
       .text = chunked + "5;a=b\r\nNONCE\r\n0;c\r\nX-Trailer: forged\r\n\r\n",
       .kept = true},
      {.name = "no length", .text = "HTTP/1.1 200 OK\r\n\r\nNONCE", .after = ending::closes},
      {.name = "HTTP/1.0", .text = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nNONCE"},
      {.name = "HTTP/1.0 without length",
       .text = "HTTP/1.0 200 OK\r\n\r\nNONCE",
       .after = ending::closes},
      {.name = "no reason",
       .text = "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nNONCE",
       .kept = true},
      {.name = "the same length twice",
       .text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nNONCE",
       .kept = true},
      {.name = "fields for the connection",
       .text = "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: forged\r\nKeep-Alive: "
               "timeout=9\r\nContent-Length: 5\r\n\r\nNONCE",
       .kept = true},
      {.name = "an interim answer",
       .text = "HTTP/1.1 102 Processing\r\n\r\n" + of_length + "NONCE",
       .kept = true},
      {.name = "many interim answers",
       .text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: forged\r\n\r\n"
               "HTTP/1.1 199 Anything\r\nContent-Length: 6\r\n\r\n" +
               of_length + "NONCE",
       .kept = true},
      {.name = "204",
       .text = "HTTP/1.1 204 No Content\r\n\r\n",
       .status = 204,
       .body = "",
       .kept = true},
      {.name = "304 with a length",
       .text = "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n",
       .status = 304,
       .body = "",
       .kept = true},
      {.name = "HEAD", .text = of_length, .method = "HEAD", .body = "", .kept = true},
      {.name = "HEAD of chunks", .text = chunked, .method = "HEAD", .body = "", .kept = true},
      {.name = "an error of its own",
       .text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nNONCE",
       .status = 503,
       .kept = true}};
}

// The answer is whole, but the connection has shown that it cannot be trusted with another.
std::vector<upstream_answer> answers_with_leftovers() {
  return {{.name = "bytes after chunks", .text = chunked + "5\r\nNONCE\r\n0\r\n\r\n" + another},
          {.name = "bytes after a length", .text = of_length + "NONCE" + another},
          {.name = "a line end after a length", .text = of_length + "NONCE\r\n"},
          {.name = "a length too short", .text = of_length + "NONCE, and more"},
          {.name = "204 with a body",
           .text = "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nforged",
           .status = 204,
           .body = ""},
          {.name = "304 with a body",
           .text = "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nforged",
           .status = 304,
           .body = ""},
          {.name = "HEAD with a body", .text = of_length + "NONCE", .method = "HEAD", .body = ""},
          {.name = "HEAD with chunks",
           .text = chunked + "5\r\nNONCE\r\n0\r\n\r\n",
           .method = "HEAD",
           .body = ""},
          {.name = "the end right after", .text = of_length + "NONCE", .after = ending::closes},
          {.name = "the end right after chunks",
           .text = chunked + "5\r\nNONCE\r\n0\r\n\r\n",
           .after = ending::closes}};
}

std::vector<upstream_answer> broken_heads() {
  const auto broken = [](std::string name, std::string text, ending after = ending::stays) {
    return upstream_answer{.name = std::move(name),
                           .text = std::move(text),
                           .after = after,
                           .status = 502,
                           .body = "",
                           .complete = true};
  };
  return {
      broken("the end before the head", "", ending::closes),
      broken("a reset before the head", "", ending::resets),
      broken("the end in the status line", "HTTP/1.1 20", ending::closes),
      broken("a reset in the head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", ending::resets),
      broken("the end after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", ending::closes),
      broken("both a length and chunks",
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
             "5\r\nNONCE\r\n0\r\n\r\n"),
      broken("two codings",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: "
             "chunked\r\n\r\n0\r\n\r\n"),
      broken("chunks in HTTP/1.0",
             "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      broken("lengths that differ",
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nNONCE"),
      broken("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nNONCE"),
      broken("a length with a plus", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nNONCE"),
      broken("a length beyond 2^64",
             "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\nNONCE"),
      broken("LF as line end", "HTTP/1.1 200 OK\nContent-Length: 5\n\nNONCE\r\n\r\n"),
      broken("CR in a value", "HTTP/1.1 200 OK\r\nX: y\rz\r\nContent-Length: 5\r\n\r\nNONCE"),
      broken("a space before a colon", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nNONCE"),
      broken("another version", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nNONCE"),
      broken("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nNONCE"),
      broken("a body without a head", "NONCE\r\n\r\n"),
      broken("a head without end",
             "HTTP/1.1 200 OK\r\nX-Long: " + std::string(200'000, 'x') + "\r\n\r\n")};
}

std::vector<upstream_answer> broken_bodies() {
  const auto cut = [](std::string name, std::string text, ending after = ending::stays) {
    return upstream_answer{
        .name = std::move(name), .text = std::move(text), .after = after, .complete = false};
  };
  return {cut("a length too long", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nNONCE|",
              ending::closes),
          cut("a reset in a length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nNONCE|",
              ending::resets),
          cut("the end in a chunk", chunked + "9\r\nNONCE|", ending::closes),
          cut("the end after a chunk", chunked + "5\r\nNONCE|\r\n", ending::closes),
          cut("a reset after a chunk", chunked + "5\r\nNONCE|\r\n", ending::resets),
          cut("the end in the last chunk", chunked + "5\r\nNONCE|\r\n0\r\n", ending::closes),
          cut("a chunk longer than its size", chunked + "5\r\nNONCE|xx\r\n0\r\n\r\n"),
          cut("LF in chunk framing", chunked + "5\r\nNONCE|\n0\n\n"),
          cut("a negative chunk", chunked + "5\r\nNONCE|\r\n-1\r\n\r\n"),
          cut("a chunk beyond 2^64", chunked + "5\r\nNONCE|\r\n10000000000000000\r\n\r\n"),
          cut("another answer in place of a chunk", chunked + "5\r\nNONCE|\r\n" + another)};
}

// One request and what it gets; then another client's, which gets its own.
void check_answer(const upstream_answer& row, int number) {
  CAPTURE(row.name);
  const auto nonce = "#" + std::to_string(1000 + number);
  const auto path = "n" + std::to_string(1000 + number);
  front_door door;
  auto client = door.connect();
  client.send(asking(row.method, path));
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.starts_with(row.method + " /" + path + " "));
  const auto text = filled_in(row.text, nonce);
  const auto pause = text.find('|');
  upstream.send(text.substr(0, pause));
  if (pause != std::string::npos) {
    CHECK(client.receive_to(nonce).starts_with("HTTP/1.1 200 "));
    upstream.send(text.substr(pause + 1));
  }
  end(upstream, row.after);
  if (row.complete) {
    const auto answer =
        client.receive_message(row.method == "HEAD" || row.status == 204 || row.status == 304);
    CHECK(answer.complete);
    CHECK(answer.status() == row.status);
    if (row.status == 502)
      CHECK(answer.body.find("\"code\":\"upstream_failed\"") != std::string::npos);
    else
      CHECK(answer.body == filled_in(row.body, nonce));
    CHECK(answer.head.find("forged") == std::string::npos);
    CHECK(answer.field("Connection") == "keep-alive");
  } else {
    const auto rest = client.receive_all();
    CHECK((rest.empty() || rest == "\r\n"));
  }
  door.leases.wait_until_idle(door.solo.gate);
  auto next = row.complete ? std::move(client) : door.connect();
  next.send(asking("GET", "next"));
  auto fresh = row.kept ? std::move(upstream) : door.solo.port.accept();
  CHECK(fresh.receive_message().head.starts_with("GET /next "));
  fresh.send(answer_text("the next"));
  CHECK(next.receive_message().body == "the next");
  CHECK_FALSE(door.solo.port.has_connection());
}

void check_answers(const std::vector<upstream_answer>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) check_answer(rows[i], static_cast<int>(i));
}

}  // namespace

TEST_CASE("conformance: a whole answer is passed on, however its end is told") {
  check_answers(whole_answers());
}

TEST_CASE("conformance: a connection with bytes nobody asked for is not used again") {
  check_answers(answers_with_leftovers());
}

TEST_CASE("conformance: an answer whose head is broken is 502, and its connection is not used") {
  check_answers(broken_heads());
}

TEST_CASE("conformance: an answer whose body is broken ends without its end") {
  check_answers(broken_bodies());
}

TEST_CASE("conformance: what an idle connection says answers nobody") {
  for (const auto& unasked : {another, std::string{"x"}, std::string{"HTTP/1.1 408 \r\n\r\n"}}) {
    CAPTURE(unasked);
    front_door door;
    auto client = door.connect();
    client.send(asking("GET", "first"));
    auto upstream = door.solo.port.accept();
    upstream.receive_message();
    upstream.send(answer_text("first"));
    CHECK(client.receive_message().body == "first");
    upstream.send(unasked);
    client.send(asking("GET", "second"));
    auto fresh = door.solo.port.accept();
    CHECK(fresh.receive_message().head.starts_with("GET /second "));
    fresh.send(answer_text("second"));
    CHECK(client.receive_message().body == "second");
    CHECK(upstream.is_ended());
  }
}

TEST_CASE("conformance: an answer may come before its request was read, and in single bytes") {
  front_door door;
  auto client = door.connect();
  client.send(asking("GET", "early"));
  auto upstream = door.solo.port.accept();
  for (const char c : answer_text("early answer")) upstream.send({&c, 1});
  CHECK(client.receive_message().body == "early answer");
  CHECK(upstream.receive_message().head.starts_with("GET /early "));
}
