#include "orchestrator/proxy/role_access.hpp"

#include "orchestrator/proxy/own_reply.hpp"
#include "orchestrator/proxy/role_selection.hpp"
#include "tests/unit/proxy/routing.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::proxy;
using boost::beast::http::verb;

namespace {

/// The roles of `routing`, asked for by the holder of a key for math, by a stranger, or through
/// coder's door.
struct visited {
  proxy::test::routing known;
  access::key key{{.name = "ann", .digest = {}, .roles = {"math"}},
                  std::make_shared<access::key::count>(0)};

  const routed_role* coder() const { return &known.table.roles[0]; }
  const routed_role* math() const { return &known.table.roles[1]; }

  selection ask(const role_access& client, verb method, std::string_view target,
                const std::string& body = {}) const {
    request_view asked{.method = method, .target = target, .content_type = {}, .body = body};
    asked.access = client;
    if (!wants_scan(asked)) return select_role(known.table, asked);
    body_scan scan;
    scan.feed(body);
    const auto scanned = scan.finish();
    asked.scanned = &scanned;
    return select_role(known.table, asked);
  }
};

error_response error_of(const selection& chosen) {
  REQUIRE(std::holds_alternative<error_response>(chosen));
  return std::get<error_response>(chosen);
}

std::string page_of(const visited& v, const role_access& client, own_request page) {
  struct no_states final : state_source {
    [[nodiscard]] std::shared_ptr<const std::vector<role_state>> role_states() const override {
      return nullptr;
    }
  };
  return answer_page(page, v.known.table, no_states{}, client).body;
}

constexpr const char* chat = "/v1/chat/completions";

}  // namespace

TEST_CASE("role access: a table shows the roles that the client may use, with their names") {
  const visited v;
  const auto seen = visible_to({.key = &v.key}, v.known.table);
  REQUIRE(seen.roles.size() == 1);
  CHECK(seen.roles[0].name == "math");
  REQUIRE(seen.find("math") != nullptr);
  CHECK(seen.find("math")->id == 1);
  CHECK(seen.find("gpt-4") == nullptr);
  CHECK(visible_to({}, v.known.table).names == v.known.table.names);
  CHECK(visible_to({.is_stranger = true}, v.known.table).roles.empty());
}

TEST_CASE("role access: the default role is seen by who may use it") {
  visited v;
  v.known.table.default_role = v.coder();
  CHECK(visible_to({.key = &v.key}, v.known.table).default_role == nullptr);
  const auto seen = visible_to({.door = v.coder()}, v.known.table);
  CHECK(seen.default_role == &seen.roles[0]);
}

TEST_CASE("role access: a role that the key does not allow is 403 and names those that it does") {
  const visited v;
  const role_access client{.key = &v.key};
  const auto error = error_of(v.ask(client, verb::post, chat, R"({"model":"gpt-4"})"));
  CHECK(error.status == 403);
  CHECK(error.code == "role_not_allowed");
  CHECK(error.message == "cannot use role 'coder': the API key does not allow it; it allows math");
  CHECK(error_of(v.ask(client, verb::get, "/roles/coder/props")).status == 403);
  CHECK(error_of(v.ask(client, verb::get, "/v1/models/coder")).status == 403);
  CHECK(error_of(v.ask(client, verb::post, "/api/show", R"({"model":"coder"})")).status == 403);
  CHECK(std::get<role_request>(v.ask(client, verb::post, chat, R"({"model":"math"})")).role ==
        v.math());
  CHECK(std::get<role_request>(v.ask(client, verb::get, "/roles/math/props")).role == v.math());
}

TEST_CASE("role access: the default role needs to be allowed too") {
  visited v;
  v.known.table.default_role = v.coder();
  CHECK(error_of(v.ask({.key = &v.key}, verb::post, chat, "{}")).status == 403);
}

TEST_CASE("role access: errors and pages name no role that the client may not use") {
  const visited v;
  const role_access client{.key = &v.key};
  const auto unknown = error_of(v.ask(client, verb::post, chat, R"({"model":"code"})"));
  CHECK(unknown.status == 404);
  CHECK(unknown.message == "cannot find role 'code' The roles are: math");
  const auto none = error_of(v.ask(client, verb::post, chat, "{}"));
  CHECK(none.message.find("coder") == std::string::npos);
  using page = own_request::page;
  for (const auto what : {page::models, page::health, page::ollama_tags}) {
    const auto text = page_of(v, client, {.what = what});
    CHECK(text.find("math") != std::string::npos);
    CHECK(text.find("coder") == std::string::npos);
    CHECK(page_of(v, {}, {.what = what}).find("coder") != std::string::npos);
  }
  const auto health = page_of(v, {.is_stranger = true}, {.what = page::health});
  CHECK(health == R"({"status":"ok","roles":{}})");
}

TEST_CASE("role access: what comes through a role's door is for that role") {
  const visited v;
  const role_access client{.key = nullptr, .door = v.math()};
  for (const auto* body :
       {R"({"model":"coder"})", R"({"model":"nobody"})", "{}", R"({"model":7})"}) {
    CAPTURE(body);
    const auto chosen = v.ask(client, verb::post, chat, body);
    REQUIRE(std::holds_alternative<role_request>(chosen));
    CHECK(std::get<role_request>(chosen).role == v.math());
    CHECK(std::get<role_request>(chosen).target == chat);
  }
  CHECK(std::get<role_request>(v.ask(client, verb::get, "/props?x=1")).target == "/props?x=1");
  CHECK(std::get<role_request>(v.ask(client, verb::get, "/roles/math/slots")).target == "/slots");
  CHECK(
      std::get<own_request>(v.ask(client, verb::post, "/api/show", R"({"model":"coder"})")).name ==
      "math");
}

TEST_CASE("role access: another role cannot be reached through a door") {
  const visited v;
  const role_access client{.key = nullptr, .door = v.math()};
  const auto error = error_of(v.ask(client, verb::post, "/roles/coder/completion", "{}"));
  CHECK(error.status == 404);
  CHECK(error.message == "cannot reach role 'coder' here: this address is the door of role 'math'");
  CHECK(error_of(v.ask(client, verb::get, "/v1/models/coder")).status == 404);
  CHECK(error_of(v.ask(client, verb::get, "/roles/nobody/props")).message ==
        "cannot find role 'nobody' The roles are: math");
  const auto models = page_of(v, client, {.what = own_request::page::models});
  CHECK(models.find("\"math\"") != std::string::npos);
  CHECK(models.find("coder") == std::string::npos);
}

TEST_CASE("role access: a door asks for a key that allows its role") {
  const visited v;
  CHECK(error_of(v.ask({.key = &v.key, .door = v.coder()}, verb::post, chat, "{}")).status == 403);
  CHECK(std::get<role_request>(v.ask({.key = &v.key, .door = v.math()}, verb::post, chat, "{}"))
            .role == v.math());
}

TEST_CASE(
    "role access: browsers may ask for permission before they show a key, and learn no names") {
  const visited v;
  for (const auto* target : {chat, "/roles/coder/completion", "/roles/nobody/x", "/v1/models"}) {
    CAPTURE(target);
    CHECK(std::get<own_request>(v.ask({.is_stranger = true}, verb::options, target)).what ==
          own_request::page::options);
  }
}
