#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::test;

namespace {

registry::access_key a_key(const std::string& name, int in_flight = 0,
                           std::vector<std::string> roles = {}) {
  return {.name = name,
          .digest = access::digest_of("secret-" + name),
          .roles = std::move(roles),
          .in_flight = in_flight};
}

access::access_files with_keys(std::vector<registry::access_key> keys) {
  return {.clients = std::make_shared<const access::key_ring>(std::move(keys)),
          .operators = nullptr,
          .tls = nullptr};
}

front_door::options locked(std::vector<registry::access_key> keys) {
  front_door::options options;
  options.access = with_keys(std::move(keys));
  return options;
}

/// A request with more fields before the others, such as "Api-Key: secret\r\n".
std::string with_fields(std::string text, const std::string& fields) {
  return text.insert(text.find("\r\n") + 2, fields);
}

std::string bearer(const std::string& name) {
  return "Authorization: Bearer secret-" + name + "\r\n";
}

std::string get_text(const std::string& target, const std::string& fields = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: front\r\n" + fields + "\r\n";
}

wire_message ask(std::uint16_t port, const std::string& text) {
  auto client = peer::connect(port);
  client.send(text);
  return client.receive_message();
}

}  // namespace

TEST_CASE("access: a known key is served, and its upstream never sees it") {
  front_door door(locked({a_key("ann")}));
  for (const auto* fields : {"Authorization: Bearer secret-ann\r\n", "X-Api-Key: secret-ann\r\n",
                             "api-key: secret-ann\r\n"}) {
    CAPTURE(fields);
    auto client = door.connect();
    client.send(with_fields(front_door::post_text("solo"), fields));
    auto upstream = door.solo.port.accept();
    CHECK(upstream.receive_message().head.find("secret") == std::string::npos);
    upstream.send(answer_text("{}"));
    CHECK(client.receive_message().status() == 200);
  }
  door.stop();
  CHECK(door.metric(R"(rolecall_key_requests_total{key="ann",status="200"})") == 3);
}

TEST_CASE("access: a stranger is answered before its body is read, and the connection ends") {
  front_door door(locked({a_key("ann")}));
  for (const auto& fields : {std::string{}, bearer("bob")}) {
    CAPTURE(fields);
    auto client = door.connect();
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: front\r\n" + fields +
                "Content-Length: 60000000\r\n\r\n");
    const auto answer = client.receive_message();
    CHECK(answer.status() == 401);
    CHECK(answer.field("WWW-Authenticate") == R"(Bearer realm="rolecall")");
    CHECK(answer.field("Connection") == "close");
    CHECK(answer.body.find(R"("code":"invalid_api_key")") != std::string::npos);
    CHECK_FALSE(answer.field("X-Request-Id").empty());
  }
  CHECK_FALSE(door.solo.port.has_connection());
}

TEST_CASE("access: /health is open and tells strangers no roles; /v1/models asks for a key") {
  front_door door(locked({a_key("ann", 0, {"twin"})}));
  const auto health = ask(door.port, get_text("/health"));
  CHECK(health.status() == 200);
  CHECK(health.body == R"({"status":"ok","roles":{}})");
  CHECK(ask(door.port, get_text("/v1/models")).status() == 401);
  CHECK(ask(door.port, get_text("/")).status() == 401);
  const auto models = ask(door.port, get_text("/v1/models", bearer("ann")));
  CHECK(models.status() == 200);
  CHECK(models.body.find("\"twin\"") != std::string::npos);
  CHECK(models.body.find("solo") == std::string::npos);
}

TEST_CASE("access: a role that the key does not allow is 403") {
  front_door door(locked({a_key("ann", 0, {"twin"})}));
  const auto answer = ask(door.port, with_fields(front_door::post_text("solo"), bearer("ann")));
  CHECK(answer.status() == 403);
  CHECK(answer.body.find("role_not_allowed") != std::string::npos);
  CHECK(ask(door.port, get_text("/roles/solo/props", bearer("ann"))).status() == 403);
}

TEST_CASE("access: a key with all its requests in flight is 429 until one ends") {
  front_door door(locked({a_key("ann", 1), a_key("bob")}));
  const auto text = with_fields(front_door::post_text("solo"), bearer("ann"));
  auto first = door.connect();
  first.send(text);
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  const auto refused = ask(door.port, text);
  CHECK(refused.status() == 429);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(refused.body.find("key_limit") != std::string::npos);
  upstream.send(answer_text("{}"));
  CHECK(first.receive_message().status() == 200);
  // The same connection's next request comes after the first one's end.
  first.send(text);
  (void)upstream.receive_message();
  upstream.send(answer_text("{}"));
  CHECK(first.receive_message().status() == 200);
}

TEST_CASE("access: keys that are replaced count for open connections from their next request on") {
  front_door door(locked({a_key("ann")}));
  auto client = door.connect();
  client.send(get_text("/v1/models", bearer("ann")));
  CHECK(client.receive_message().status() == 200);
  door.server->use(with_keys({a_key("bob")}));
  client.send(get_text("/v1/models", bearer("ann")));
  CHECK(client.receive_message().status() == 401);
  CHECK(ask(door.port, get_text("/v1/models", bearer("bob"))).status() == 200);
  door.server->use(access::access_files{});
  CHECK(ask(door.port, get_text("/v1/models")).status() == 200);
}

TEST_CASE("access: what comes through a role's door is for that role, whatever it names") {
  front_door door;
  for (const auto* named : {"twin", "nobody", "solo"}) {
    CAPTURE(named);
    auto client = peer::connect(door.solo_port);
    client.send(front_door::post_text(named));
    auto upstream = door.solo.port.accept();
    CHECK(upstream.receive_message().body.find(named) != std::string::npos);
    upstream.send(answer_text("{}"));
    CHECK(client.receive_message().status() == 200);
  }
  const auto models = ask(door.solo_port, get_text("/v1/models"));
  CHECK(models.body.find("\"solo\"") != std::string::npos);
  CHECK(models.body.find("twin") == std::string::npos);
  CHECK(ask(door.solo_port, get_text("/roles/twin/props")).status() == 404);
}

TEST_CASE("access: a request's id is passed on and sent back; without a usable one it gets one") {
  front_door door;
  const auto relayed = [&](const std::string& fields) {
    auto client = door.connect();
    client.send(with_fields(front_door::post_text("solo"), fields));
    auto upstream = door.solo.port.accept();
    const auto seen = upstream.receive_message().field("X-Request-Id");
    upstream.send(answer_text("{}"));
    CHECK(client.receive_message().field("X-Request-Id") == seen);
    return seen;
  };
  CHECK(relayed("X-Request-Id: my-id/7\r\n") == "my-id/7");
  const auto made = relayed("");
  CHECK(made.size() == 32);
  CHECK(relayed("X-Request-Id: two words\r\n").size() == 32);
  CHECK(relayed("x-request-id: " + std::string(129, 'x') + "\r\n").size() == 32);
  CHECK(relayed("") != made);
  CHECK(ask(door.port, get_text("/nowhere", "X-Request-Id: here\r\n")).field("X-Request-Id") ==
        "here");
  CHECK(ask(door.port, "nonsense\r\n\r\n").field("X-Request-Id").size() == 32);
}
