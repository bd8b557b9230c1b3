#include "orchestrator/proxy/own_reply.hpp"

#include "tests/unit/proxy/routing.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::proxy;

namespace {

struct fixed_states : state_source {
  std::shared_ptr<const std::vector<role_state>> known;
  [[nodiscard]] std::shared_ptr<const std::vector<role_state>> role_states() const override {
    return known;
  }
};

rapidjson::Document parsed(const own_reply& reply) {
  rapidjson::Document document;
  document.Parse(reply.body);
  REQUIRE_MESSAGE(!document.HasParseError(), reply.body);
  return document;
}

const fixed_states ready_and_stopped = [] {
  fixed_states states;
  states.known = std::make_shared<const std::vector<role_state>>(
      std::vector<role_state>{{.state = "ready", .hot = true}, {.state = "stopped", .hot = false}});
  return states;
}();

}  // namespace

TEST_CASE("proxy: the list of models tells each role, its state, its model and its other names") {
  const test::routing routes;
  const auto document =
      parsed(answer_page({.what = own_request::page::models}, routes.table, ready_and_stopped));
  CHECK(std::string_view{document["object"].GetString()} == "list");
  REQUIRE(document["data"].Size() == 2);
  const auto& coder = document["data"][0];
  CHECK(std::string_view{coder["id"].GetString()} == "coder");
  CHECK(std::string_view{coder["object"].GetString()} == "model");
  CHECK(std::string_view{coder["owned_by"].GetString()} == "rolecall");
  CHECK(std::string_view{coder["state"].GetString()} == "ready");
  CHECK(std::string_view{coder["model"].GetString()} == "qwen-coder");
  REQUIRE(coder["aliases"].Size() == 2);
  CHECK(std::string_view{coder["aliases"][0].GetString()} == "gpt-4");
  CHECK(std::string_view{document["data"][1]["state"].GetString()} == "stopped");
}

TEST_CASE("proxy: one model is told by any of its role's names") {
  const test::routing routes;
  const auto document = parsed(answer_page({.what = own_request::page::model, .name = "gpt-4"},
                                           routes.table, ready_and_stopped));
  CHECK(std::string_view{document["id"].GetString()} == "coder");
}

TEST_CASE("proxy: health tells every role's state, stopped before the control plane's first word") {
  const test::routing routes;
  const auto before =
      parsed(answer_page({.what = own_request::page::health}, routes.table, fixed_states{}));
  CHECK(std::string_view{before["status"].GetString()} == "ok");
  CHECK(std::string_view{before["roles"]["coder"].GetString()} == "stopped");
  const auto after =
      parsed(answer_page({.what = own_request::page::health}, routes.table, ready_and_stopped));
  CHECK(std::string_view{after["roles"]["coder"].GetString()} == "ready");
}

TEST_CASE("proxy: a reply states its length, and to HEAD it is all head") {
  const own_reply reply{.body = "{}"};
  const auto text = to_wire(reply, true, false);
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(text.find("\r\nContent-Length: 2\r\n") != std::string::npos);
  CHECK(text.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
  CHECK(text.find("\r\nDate: ") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n{}"));
  const auto head = to_wire(reply, false, true);
  CHECK(head.find("\r\nContent-Length: 2\r\n") != std::string::npos);
  CHECK(head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("proxy: a reply carries the request's id, and 401 asks for a bearer token") {
  const auto plain = to_wire({.body = "{}"}, true, false);
  CHECK(plain.find("X-Request-Id") == std::string::npos);
  CHECK(plain.find("WWW-Authenticate") == std::string::npos);
  const auto refused = to_wire(to_reply({.status = 401}), true, false, "id-1");
  CHECK(refused.find("\r\nX-Request-Id: id-1\r\n") != std::string::npos);
  CHECK(refused.find("\r\nWWW-Authenticate: Bearer realm=\"rolecall\"\r\n") != std::string::npos);
}

TEST_CASE("proxy: a reply carries Retry-After and Allow only when there is something to say") {
  const auto plain = to_wire({.body = "{}"}, true, false);
  CHECK(plain.find("Retry-After") == std::string::npos);
  CHECK(plain.find("\r\nAllow:") == std::string::npos);
  const auto told =
      to_wire(to_reply({.status = 503, .retry_after = std::chrono::seconds{5}, .allow = "GET"}),
              true, false);
  CHECK(told.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(told.find("\r\nRetry-After: 5\r\n") != std::string::npos);
  CHECK(told.find("\r\nAllow: GET\r\n") != std::string::npos);
}

TEST_CASE("proxy: the answer to OPTIONS has no body and no length") {
  const test::routing routes;
  const auto text = to_wire(answer_page({.what = own_request::page::options, .allow = "GET, HEAD"},
                                        routes.table, fixed_states{}),
                            true, false);
  CHECK(text.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(text.find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
  CHECK(text.find("Content-Length") == std::string::npos);
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("proxy: a browser's script may read every reply and send the fields that it asks for") {
  const test::routing routes;
  const auto preflight = [&](std::string_view headers) {
    return to_wire(answer_page({.what = own_request::page::options,
                                .headers = std::string{headers},
                                .allow = "POST, OPTIONS"},
                               routes.table, fixed_states{}),
                   true, false);
  };
  CHECK(to_wire({.body = "{}"}, true, false).find("\r\nAccess-Control-Allow-Origin: *\r\n") !=
        std::string::npos);
  CHECK(to_wire({.body = "{}"}, true, false).find("Access-Control-Allow-Methods") ==
        std::string::npos);
  const auto told = preflight("authorization, x-stainless-os");
  CHECK(told.find("\r\nAccess-Control-Allow-Origin: *\r\n") != std::string::npos);
  CHECK(told.find("\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n") != std::string::npos);
  CHECK(told.find("\r\nAccess-Control-Allow-Headers: authorization, x-stainless-os\r\n") !=
        std::string::npos);
  CHECK(told.find("\r\nAccess-Control-Max-Age: ") != std::string::npos);
  CHECK(told.find("Credentials") == std::string::npos);
  SUBCASE("what is no list of names is not repeated") {
    for (const auto& odd : {std::string{"x: y"}, std::string{"<script>"}, std::string(2000, 'a')})
      CHECK(preflight(odd).find(
                "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, X-Api-Key\r\n") !=
            std::string::npos);
  }
}

TEST_CASE("proxy: Ollama's pages are answered from the routing table") {
  const test::routing routes;
  const auto page = [&](own_request asked) {
    return parsed(answer_page(asked, routes.table, ready_and_stopped));
  };
  CHECK(page({.what = own_request::page::ollama_tags})["models"].Size() == 2);
  CHECK(page({.what = own_request::page::ollama_running})["models"].Size() == 1);
  CHECK(page({.what = own_request::page::ollama_version}).HasMember("version"));
  CHECK(page({.what = own_request::page::ollama_show,
              .name = "coder"})["details"]["parent_model"] == "qwen-coder");
}
