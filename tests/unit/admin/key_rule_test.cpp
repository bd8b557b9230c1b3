#include "orchestrator/admin/key_rule.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using admin::refusal_of;

TEST_CASE("key rule: a known key opens every page, none and a wrong one only /livez") {
  const access::key_ring keys(
      {{.name = "root", .digest = access::digest_of("secret"), .roles = {}}});
  const admin::key_fields good{.authorization = "Bearer secret", .x_api_key = {}, .api_key = {}};
  const admin::key_fields wrong{.authorization = "Bearer secrets", .x_api_key = {}, .api_key = {}};
  for (const auto* target : {"/admin/status", "/metrics", "/readyz",
                             "/admin/roles/x/load?wait=true", "/nowhere", "/livezz"}) {
    CAPTURE(target);
    CHECK_FALSE(refusal_of(good, target, keys));
    for (const auto& shown : {admin::key_fields{}, wrong}) {
      const auto refused = refusal_of(shown, target, keys);
      REQUIRE(refused);
      CHECK(refused->status == 401);
      CHECK(refused->body.find("invalid_api_key") != std::string::npos);
      CHECK(refused->body.find("secret") == std::string::npos);
    }
  }
  CHECK_FALSE(refusal_of({}, "/livez", keys));
  CHECK_FALSE(refusal_of(wrong, "/livez?verbose", keys));
  CHECK_FALSE(
      refusal_of({.authorization = {}, .x_api_key = "secret", .api_key = {}}, "/metrics", keys));
}
