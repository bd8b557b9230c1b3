#include "orchestrator/proxy/visitor.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::proxy;
using boost::beast::http::field;
using boost::beast::http::verb;

namespace {

using ring_pointer = std::shared_ptr<const access::key_ring>;

registry::access_key a_key(const std::string& name, int in_flight = 0,
                           std::vector<std::string> roles = {}) {
  return {.name = name,
          .digest = access::digest_of("secret-" + name),
          .roles = std::move(roles),
          .in_flight = in_flight};
}

ring_pointer ring_of(std::vector<registry::access_key> keys,
                     const access::key_ring* before = nullptr) {
  return std::make_shared<const access::key_ring>(std::move(keys), before);
}

request asking(const std::string& bearer, verb method = verb::post,
               const std::string& target = "/v1/chat/completions") {
  request asked;
  asked.method = method;
  asked.target = target;
  if (!bearer.empty()) asked.fields.add(field::authorization, "Authorization", "Bearer " + bearer);
  return asked;
}

}  // namespace

TEST_CASE("visitor: without keys everybody is welcome and nobody has a name") {
  visitor who(nullptr);
  CHECK_FALSE(who.greet(asking("anything"), nullptr));
  CHECK(who.key_name().empty());
  CHECK_FALSE(who.access().is_limited());
}

TEST_CASE("visitor: a known key is welcome, in each of the fields that clients use") {
  const auto ring = ring_of({a_key("ann"), a_key("bob")});
  visitor who(nullptr);
  CHECK_FALSE(who.greet(asking("secret-ann"), ring));
  CHECK(who.key_name() == "ann");
  for (const auto* name : {"X-Api-Key", "x-api-key", "api-key", "Api-Key"}) {
    CAPTURE(name);
    auto asked = asking("");
    asked.fields.add(field::unknown, name, "secret-bob");
    CHECK_FALSE(who.greet(asked, ring));
    CHECK(who.key_name() == "bob");
  }
}

TEST_CASE("visitor: without a key, or with a wrong one, a request is 401") {
  const auto ring = ring_of({a_key("ann")});
  visitor who(nullptr);
  const auto none = who.greet(asking(""), ring);
  REQUIRE(none);
  CHECK(none->status == 401);
  CHECK(none->code == "invalid_api_key");
  CHECK(none->message ==
        "cannot serve the request: it shows no API key; send Authorization: Bearer and the key");
  const auto wrong = who.greet(asking("secret-bob"), ring);
  REQUIRE(wrong);
  CHECK(wrong->status == 401);
  CHECK(wrong->message == "cannot serve the request: its API key is not known here");
  CHECK(wrong->message.find("secret") == std::string::npos);
  CHECK(who.key_name().empty());
}

TEST_CASE("visitor: a good key does not carry over to the connection's next request") {
  const auto ring = ring_of({a_key("ann")});
  visitor who(nullptr);
  CHECK_FALSE(who.greet(asking("secret-ann"), ring));
  who.leave();
  CHECK(who.key_name().empty());
  CHECK(who.greet(asking(""), ring)->status == 401);
  CHECK(who.greet(asking("secret-an"), ring)->status == 401);
  CHECK_FALSE(who.greet(asking("secret-ann"), ring));
}

TEST_CASE("visitor: /health and OPTIONS are open to strangers, who may use no role") {
  const auto ring = ring_of({a_key("ann")});
  visitor who(nullptr);
  for (const auto* key : {"", "wrong"}) {
    CAPTURE(key);
    CHECK_FALSE(who.greet(asking(key, verb::get, "/health"), ring));
    CHECK(who.access().is_stranger);
    CHECK_FALSE(who.greet(asking(key, verb::head, "/v1/health?x"), ring));
    CHECK_FALSE(who.greet(asking(key, verb::options), ring));
    CHECK(who.greet(asking(key, verb::post, "/health"), ring)->status == 401);
    CHECK(who.greet(asking(key, verb::get, "/"), ring)->status == 401);
    CHECK(who.greet(asking(key, verb::get, "/v1/models"), ring)->status == 401);
    CHECK(who.greet(asking(key, verb::get, "/roles/coder/health"), ring)->status == 401);
  }
  CHECK_FALSE(who.greet(asking("secret-ann", verb::get, "/health"), ring));
  CHECK_FALSE(who.access().is_stranger);
}

TEST_CASE("visitor: a key with all its requests in flight is 429 until one of them ends") {
  const auto ring = ring_of({a_key("ann", 2)});
  visitor one(nullptr);
  visitor two(nullptr);
  visitor three(nullptr);
  CHECK_FALSE(one.greet(asking("secret-ann"), ring));
  CHECK_FALSE(two.greet(asking("secret-ann"), ring));
  const auto refused = three.greet(asking("secret-ann"), ring);
  REQUIRE(refused);
  CHECK(refused->status == 429);
  CHECK(refused->code == "key_limit");
  CHECK(refused->retry_after.count() > 0);
  CHECK(refused->message ==
        "cannot serve the request: key 'ann' has 2 requests in flight, as many as it may have; "
        "wait for one to end");
  CHECK(three.key_name() == "ann");  // for the log
  CHECK_FALSE(three.greet(asking("secret-ann", verb::get, "/v1/models"), ring));
  one.leave();
  CHECK_FALSE(three.greet(asking("secret-ann"), ring));
}

TEST_CASE("visitor: a visitor that goes away gives its turn back") {
  const auto ring = ring_of({a_key("ann", 1)});
  {
    visitor gone(nullptr);
    CHECK_FALSE(gone.greet(asking("secret-ann"), ring));
  }
  visitor next(nullptr);
  CHECK_FALSE(next.greet(asking("secret-ann"), ring));
}

TEST_CASE("visitor: a key that was taken out of the file is refused on open connections too") {
  const auto before = ring_of({a_key("ann")});
  visitor who(nullptr);
  CHECK_FALSE(who.greet(asking("secret-ann"), before));
  who.leave();
  CHECK(who.greet(asking("secret-ann"), ring_of({a_key("bob")}, before.get()))->status == 401);
}

TEST_CASE("visitor: a key's roles and the door limit what may be used") {
  const routed_role coder{.id = 0, .name = "coder", .model = "m", .upstreams = {}};
  const routed_role math{.id = 1, .name = "math", .model = "m", .upstreams = {}};
  const auto ring = ring_of({a_key("ann", 0, {"math"})});
  visitor front(nullptr);
  CHECK_FALSE(front.greet(asking("secret-ann"), ring));
  CHECK(front.access().allows(math));
  CHECK_FALSE(front.access().allows(coder));
  visitor at_door(&coder);
  CHECK_FALSE(at_door.greet(asking(""), nullptr));
  CHECK(at_door.access().allows(coder));
  CHECK_FALSE(at_door.access().allows(math));
  CHECK_FALSE(at_door.greet(asking("secret-ann"), ring));
  CHECK_FALSE(at_door.access().allows(coder));
}
