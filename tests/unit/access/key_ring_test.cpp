#include "orchestrator/access/key_ring.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace rolecall;
using access::key_ring;
using access::turn;

namespace {

registry::access_key a_key(const std::string& name, const std::string& secret, int in_flight = 0,
                           std::vector<std::string> roles = {}) {
  return {.name = name,
          .digest = access::digest_of(secret),
          .roles = std::move(roles),
          .in_flight = in_flight};
}

}  // namespace

TEST_CASE("key ring: a digest is the SHA-256 that sha256sum prints") {
  CHECK(registry::to_line({.name = "abc", .digest = access::digest_of("abc"), .roles = {}}) ==
        "abc sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("key ring: a new key is long, printable and never the same") {
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) {
    const auto secret = access::make_secret();
    CHECK(secret.size() == 3 + 64);
    CHECK(secret.starts_with("rk-"));
    CHECK(secret.find_first_not_of("0123456789abcdef", 3) == std::string::npos);
    secrets.insert(secret);
  }
  CHECK(secrets.size() == 100);
}

TEST_CASE("key ring: a key is found by its text and by nothing else") {
  const key_ring ring({a_key("ann", "secret-a"), a_key("bob", "secret-b")});
  REQUIRE(ring.find("secret-a"));
  CHECK(ring.find("secret-a")->name() == "ann");
  REQUIRE(ring.find("secret-b"));
  CHECK(ring.find("secret-b")->name() == "bob");
  for (const auto* wrong : {"", "secret", "secret-a ", "Secret-a", "ann", "secret-ab"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ring.find(wrong));
  }
  CHECK_FALSE(key_ring({}).find("secret-a"));
}

TEST_CASE("key ring: a key without roles allows all, another only its own") {
  const key_ring ring({a_key("ann", "a"), a_key("bob", "b", 0, {"math", "frontdoor"})});
  CHECK(ring.find("a")->allows("math"));
  CHECK(ring.find("b")->allows("math"));
  CHECK(ring.find("b")->allows("frontdoor"));
  CHECK_FALSE(ring.find("b")->allows("embedder"));
  CHECK_FALSE(ring.find("b")->allows("mat"));
}

TEST_CASE("key ring: a key has so many turns at once, and one that is given back can be taken") {
  const key_ring ring({a_key("ann", "a", 2), a_key("bob", "b")});
  const auto ann = ring.find("a");
  auto first = turn::take(*ann);
  auto second = turn::take(*ann);
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(turn::take(*ann));
  CHECK(*ann->in_flight() == 2);
  first.give_back();
  CHECK_FALSE(first);
  auto third = turn::take(*ann);
  CHECK(third);
  CHECK_FALSE(turn::take(*ann));
  third = {};
  second = std::move(third);
  CHECK(*ann->in_flight() == 0);
  std::vector<turn> many;
  for (int i = 0; i < 100; ++i) many.push_back(turn::take(*ring.find("b")));
  CHECK(many.back());
  CHECK(*ring.find("b")->in_flight() == 100);
}

TEST_CASE("key ring: requests in flight count on in the ring that replaces it") {
  auto before = std::make_unique<key_ring>(std::vector{a_key("ann", "a", 1), a_key("bob", "b", 1)});
  auto held = turn::take(*before->find("a"));
  const key_ring after({a_key("ann", "new", 1), a_key("cid", "c", 1)}, before.get());
  CHECK(after.generation() != before->generation());
  before.reset();
  CHECK_FALSE(after.find("a"));
  CHECK_FALSE(turn::take(*after.find("new")));
  CHECK(turn::take(*after.find("c")));
  held.give_back();
  CHECK(turn::take(*after.find("new")));
}

TEST_CASE("key ring: secrets are equal when every byte is") {
  CHECK(access::equal_secrets("abc", "abc"));
  CHECK(access::equal_secrets("", ""));
  CHECK_FALSE(access::equal_secrets("abc", "abd"));
  CHECK_FALSE(access::equal_secrets("abc", "ab"));
}
