#include "orchestrator/admin/reply.hpp"

#include <doctest/doctest.h>

using namespace rolecall::admin;

TEST_CASE("admin reply: errors have the shape that OpenAI's clients read") {
  const auto reply = error_reply(409, "refused", "cannot unload \"a\": 2 requests are running");
  CHECK(reply.status == 409);
  CHECK(reply.content_type == "application/json");
  CHECK(
      reply.body ==
      R"({"error":{"message":"cannot unload \"a\": 2 requests are running","type":"conflict_error","code":"refused"}})");
}

TEST_CASE("admin reply: each reason for not carrying a command out has its status") {
  CHECK(to_reply(command_error{command_error::kind::unknown_role, "m"}).status == 404);
  CHECK(to_reply(command_error{command_error::kind::refused, "m"}).status == 409);
  CHECK(to_reply(command_error{command_error::kind::failed, "m"}).status == 500);
  CHECK(to_reply(command_error{command_error::kind::failed, "m"}).body ==
        R"({"error":{"message":"m","type":"server_error","code":"failed"}})");
}

TEST_CASE("admin reply: an unknown role is answered with the names of those there are") {
  fleet_status status;
  status.roles.resize(2);
  status.roles[0].name = "frontdoor";
  status.roles[1].name = "embedder";
  CHECK(
      unknown_role(status, "frontdor").body ==
      R"({"error":{"message":"unknown role 'frontdor'; the roles are frontdoor, embedder","type":"not_found_error","code":"unknown_role"}})");
}

TEST_CASE("admin reply: a command that was waited for is done, another goes on") {
  fleet_status status;
  status.roles.resize(1);
  status.roles[0].name = "frontdoor";
  status.roles[0].instances.resize(1);
  status.roles[0].instances[0].state = "starting";
  auto reply = command_reply({command::load, "frontdoor", false, false}, status);
  CHECK(reply.status == 202);
  CHECK(reply.body == R"({"role":"frontdoor","command":"load","state":"starting","done":false})");
  status.roles[0].instances[0].state = "ready";
  reply = command_reply({command::load, "frontdoor", true, false}, status);
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"role":"frontdoor","command":"load","state":"ready","done":true})");
}
