#include "orchestrator/proxy/waiting_comments.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

struct asking {
  routed_role role;
  request asked;
  role_request to;

  asking() {
    role.comments = true;
    asked.version = 11;
    to.role = &role;
    to.stream = true;
    to.target = "/v1/chat/completions";
  }
  [[nodiscard]] bool takes() const { return takes_comments(asked, to); }
};

}  // namespace

TEST_CASE("waiting comments: only streams of a role with comments get them") {
  asking one;
  CHECK(one.takes());
  one.role.comments = false;
  CHECK_FALSE(one.takes());
  asking tokens;  // a route that does not stream, whatever the body says
  tokens.to.target = "/tokenize?x=1";
  CHECK_FALSE(tokens.takes());
  asking whole;
  whole.to.stream = false;
  CHECK_FALSE(whole.takes());
}

TEST_CASE("waiting comments: clients without chunks, and Ollama's, get none") {
  asking old;
  old.asked.version = 10;
  CHECK_FALSE(old.takes());
  asking ollama;
  ollama.to.ollama.emplace();
  CHECK_FALSE(ollama.takes());
}

TEST_CASE("waiting comments: tell of the load if there is one, else of the queue if it is known") {
  wait_outlook outlook;
  CHECK(waiting_comment(outlook) == ": waiting\n\n");
  outlook.before = 0;
  CHECK(waiting_comment(outlook) == ": waiting, 0 before you\n\n");
  outlook.before = 3;
  CHECK(waiting_comment(outlook) == ": waiting, 3 before you\n\n");
  outlook.loaded = 0;
  CHECK(waiting_comment(outlook) == ": loading 0%\n\n");
  outlook.loaded = 42;
  CHECK(waiting_comment(outlook) == ": loading 42%\n\n");
}

TEST_CASE("waiting comments: the head promises an event stream in chunks that nobody holds back") {
  const auto head = comments_head(true, "id-7");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  for (const auto* field : {"Content-Type: text/event-stream\r\n", "Transfer-Encoding: chunked\r\n",
                            "X-Accel-Buffering: no\r\n", "Access-Control-Allow-Origin: *\r\n",
                            "X-Request-Id: id-7\r\n", "Connection: keep-alive\r\n"})
    CHECK_MESSAGE(head.find(field) != std::string::npos, field);
  CHECK(comments_head(false, {}).find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("waiting comments: a chunk states its size in hexadecimal") {
  CHECK(chunk_of("x") == "1\r\nx\r\n");
  CHECK(chunk_of(std::string(26, 'x')) == "1a\r\n" + std::string(26, 'x') + "\r\n");
}
