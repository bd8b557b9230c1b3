// What role selection makes of Ollama's routes.
#include "orchestrator/proxy/role_selection.hpp"
#include "tests/unit/proxy/selection_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using namespace rolecall::proxy::test;
using boost::beast::http::verb;

TEST_CASE("ollama: its calls go to the role that the body names, and are marked for translation") {
  const asked_for ask;
  const auto chat = role_of(ask(verb::post, "/api/chat", R"({"model":"gpt-4"})"));
  CHECK(chat.role->name == "coder");
  CHECK(chat.ollama == ollama_call::chat);
  CHECK(role_of(ask(verb::post, "/api/generate", R"({"model":"math"})")).ollama ==
        ollama_call::generate);
  CHECK(role_of(ask(verb::post, "/api/embed", R"({"model":"math"})")).ollama == ollama_call::embed);
  CHECK(role_of(ask(verb::post, "/v1/completions", R"({"model":"math"})")).ollama == std::nullopt);
}

TEST_CASE("ollama: the tag that its clients add to names is not part of a role's") {
  const asked_for ask;
  CHECK(role_of(ask(verb::post, "/api/chat", R"({"model":"math:latest"})")).role->name == "math");
  CHECK(error_of(ask(verb::post, "/api/chat", R"({"model":"math:7b"})")).status == 404);
  CHECK(error_of(ask(verb::post, "/v1/completions", R"({"model":"math:latest"})")).status == 404);
}

TEST_CASE("ollama: its calls work under a role's prefix too") {
  const asked_for ask;
  const auto chat = role_of(ask(verb::post, "/roles/math/api/chat", R"({"model":"llama3"})"));
  CHECK(chat.role->name == "math");
  CHECK(chat.ollama == ollama_call::chat);
  CHECK(role_of(ask(verb::get, "/roles/math/api/chat")).ollama == std::nullopt);
}

TEST_CASE("ollama: its lists are pages of the front door") {
  const asked_for ask;
  using page = own_request::page;
  CHECK(page_of(ask(verb::get, "/api/tags")).what == page::ollama_tags);
  CHECK(page_of(ask(verb::head, "/api/tags")).what == page::ollama_tags);
  CHECK(page_of(ask(verb::get, "/api/ps")).what == page::ollama_running);
  CHECK(page_of(ask(verb::get, "/api/version")).what == page::ollama_version);
  CHECK(page_of(ask(verb::head, "/")).what == page::home);
  CHECK(error_of(ask(verb::post, "/api/tags")).status == 405);
}

TEST_CASE("ollama: show tells of the role that the body names") {
  const asked_for ask;
  const auto shown = page_of(ask(verb::post, "/api/show", R"({"model":"gpt-4:latest"})"));
  CHECK(shown.what == own_request::page::ollama_show);
  CHECK(shown.name == "coder");
  CHECK(error_of(ask(verb::post, "/api/show", R"({"model":"x"})")).status == 404);
  CHECK(error_of(ask(verb::post, "/api/show", "{}")).status == 400);
  CHECK(error_of(ask(verb::post, "/api/show", "{")).status == 400);
  CHECK(error_of(ask(verb::get, "/api/show")).status == 405);
}

TEST_CASE("ollama: what would change the models is refused as not supported") {
  const asked_for ask;
  for (const auto* path :
       {"/api/pull", "/api/push", "/api/create", "/api/copy",
        "/api/blobs/sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2"}) {
    CAPTURE(path);
    const auto error = error_of(ask(verb::post, path, R"({"model":"coder"})"));
    CHECK(error.status == 501);
    CHECK(error.message.find("registry") != std::string::npos);
  }
  CHECK(error_of(ask(verb::delete_, "/api/delete", R"({"model":"coder"})")).status == 501);
  CHECK(error_of(ask(verb::post, "/api/pullx")).status == 404);
}

TEST_CASE("proxy: a browser's preflight is answered with what its script wants to send") {
  const asked_for ask;
  for (const auto* path : {"/", "/v1/models", "/v1/chat/completions", "/api/chat", "/api/show",
                           "/api/tags", "/roles/math/props", "*"}) {
    CAPTURE(path);
    const auto page = page_of(ask(verb::options, path, {}, {}, "authorization"));
    CHECK(page.what == own_request::page::options);
    CHECK(page.headers == "authorization");
  }
}
