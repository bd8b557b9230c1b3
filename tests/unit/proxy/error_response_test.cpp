#include "orchestrator/proxy/error_response.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::proxy;

namespace {

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text);
  REQUIRE_MESSAGE(!document.HasParseError(), text);
  return document;
}

}  // namespace

TEST_CASE("proxy: every refusal of the control plane has its status") {
  struct row {
    refusal_code code;
    unsigned status;
    std::string_view word;
  };
  for (const auto& expected : {row{refusal_code::never_fits, 507, "never_fits"},
                               row{refusal_code::queue_full, 429, "queue_full"},
                               row{refusal_code::deadline, 503, "queue_deadline"},
                               row{refusal_code::role_failed, 503, "role_failed"},
                               row{refusal_code::role_removed, 404, "model_not_found"},
                               row{refusal_code::shutting_down, 503, "shutting_down"}}) {
    const auto error = to_error_response(
        {.code = expected.code, .message = "needs 8 GiB", .retry_after = std::chrono::seconds{7}});
    CHECK(error.status == expected.status);
    CHECK(error.code == expected.word);
    CHECK(error.message == "needs 8 GiB");
    CHECK(error.retry_after == std::chrono::seconds{7});
  }
}

TEST_CASE("proxy: an error's body has OpenAI's form, whatever its message holds") {
  const auto document = parsed(error_body({.status = 404,
                                           .code = error_code_words::model_not_found,
                                           .message = "no \"role\"\n\\ \x01"}));
  const auto& error = document["error"];
  CHECK(std::string_view{error["message"].GetString()} == "no \"role\"\n\\ \x01");
  CHECK(std::string_view{error["type"].GetString()} == "invalid_request_error");
  CHECK(std::string_view{error["code"].GetString()} == "model_not_found");
}

TEST_CASE("proxy: the type of an error follows from its status") {
  CHECK(error_type(400) == "invalid_request_error");
  CHECK(error_type(413) == "invalid_request_error");
  CHECK(error_type(429) == "rate_limit_error");
  CHECK(error_type(502) == "server_error");
  CHECK(error_type(507) == "server_error");
}

TEST_CASE("proxy: an error event is one event of one line") {
  const auto event = error_event({.status = 502, .code = "upstream_failed", .message = "a\nb"});
  CHECK(event.starts_with("data: {"));
  CHECK(event.find('\n') == event.size() - 2);
  CHECK(event.ends_with("\n\n"));
  CHECK(parsed(event.substr(6)).HasMember("error"));
}

TEST_CASE("proxy: an error has the form of the API that was asked") {
  CHECK(form_of("/v1/chat/completions") == error_form::openai);
  CHECK(form_of("/v1/messages?beta=true") == error_form::anthropic);
  CHECK(form_of("/v1/messages/count_tokens") == error_form::anthropic);
  CHECK(form_of("/api/chat") == error_form::ollama);
  CHECK(form_of("/roles/coder/api/chat") == error_form::ollama);
  CHECK(form_of("/roles/coder/v1/messages") == error_form::anthropic);
  CHECK(form_of("/roles/coder") == error_form::openai);
  CHECK(form_of("/v1/models?x=/api/") == error_form::openai);
  CHECK(form_of("") == error_form::openai);

  const error_response error{.status = 404, .code = "model_not_found", .message = "no \"role\""};
  CHECK(error_body(error, error_form::ollama) == R"({"error":"no \"role\""})");
  CHECK(error_body(error, error_form::anthropic) ==
        R"({"type":"error","error":{"message":"no \"role\"","type":"not_found_error",)"
        R"("code":"model_not_found"}})");
  CHECK(error_event(error, error_form::anthropic).starts_with("event: error\ndata: {"));
}

TEST_CASE("proxy: Anthropic's words for errors follow from the status") {
  const auto type = [](unsigned status) {
    const auto document = parsed(error_body({.status = status}, error_form::anthropic));
    return std::string{document["error"]["type"].GetString()};
  };
  CHECK(type(400) == "invalid_request_error");
  CHECK(type(401) == "authentication_error");
  CHECK(type(403) == "permission_error");
  CHECK(type(413) == "request_too_large");
  CHECK(type(429) == "rate_limit_error");
  CHECK(type(502) == "api_error");
  CHECK(type(503) == "overloaded_error");
}
