#include "orchestrator/access/credential.hpp"

#include <doctest/doctest.h>

using rolecall::access::credential_of;

TEST_CASE("credential: a key is shown as bearer token, X-Api-Key or api-key") {
  CHECK(credential_of({.authorization = "Bearer rk-1", .x_api_key = {}, .api_key = {}}) == "rk-1");
  CHECK(credential_of({.authorization = {}, .x_api_key = "rk-2", .api_key = {}}) == "rk-2");
  CHECK(credential_of({.authorization = {}, .x_api_key = {}, .api_key = "rk-3"}) == "rk-3");
  CHECK(credential_of({}).empty());
}

TEST_CASE("credential: the scheme's case and blanks do not matter") {
  for (const auto* text : {"bearer rk-1", "BEARER rk-1", "  Bearer   rk-1 ", "Bearer\trk-1"}) {
    CAPTURE(text);
    CHECK(credential_of({.authorization = text, .x_api_key = {}, .api_key = {}}) == "rk-1");
  }
}

TEST_CASE("credential: Authorization that is no bearer token shows none") {
  for (const auto* text :
       {"rk-1", "Bearer", "Bearer ", "Bearerrk-1", "Basic cmstMQ==", "Token rk-1"}) {
    CAPTURE(text);
    CHECK(credential_of({.authorization = text, .x_api_key = {}, .api_key = {}}).empty());
    CHECK(credential_of({.authorization = text, .x_api_key = "rk-2", .api_key = {}}) == "rk-2");
  }
}

TEST_CASE("credential: the bearer token goes before the other fields") {
  CHECK(credential_of({.authorization = "Bearer a", .x_api_key = "b", .api_key = "c"}) == "a");
  CHECK(credential_of({.authorization = {}, .x_api_key = "b", .api_key = "c"}) == "b");
}
