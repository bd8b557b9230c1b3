#include "orchestrator/proxy/error_response.hpp"

#include <algorithm>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {
namespace {

// Anthropic's words for statuses.
std::string_view anthropic_type(unsigned status) noexcept {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

}  // namespace

error_response to_error_response(const refusal& why) {
  error_response error{.message = why.message, .retry_after = why.retry_after};
  switch (why.code) {
    case refusal_code::never_fits:
      error.status = 507;
      error.code = error_code_words::never_fits;
      break;
    case refusal_code::queue_full:
      error.status = 429;
      error.code = error_code_words::queue_full;
      break;
    case refusal_code::deadline:
      error.status = 503;
      error.code = error_code_words::queue_deadline;
      break;
    case refusal_code::role_failed:
      error.status = 503;
      error.code = error_code_words::role_failed;
      break;
    case refusal_code::role_removed:
      error.status = 404;
      error.code = error_code_words::model_not_found;
      break;
    case refusal_code::shutting_down:
      error.status = 503;
      error.code = error_code_words::shutting_down;
      break;
  }
  return error;
}

std::string_view error_type(unsigned status) noexcept {
  if (status == 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

error_form form_of(std::string_view target) noexcept {
  constexpr std::string_view prefix = "/roles/";
  auto path = target.substr(0, target.find('?'));
  if (path.starts_with(prefix)) {
    path.remove_prefix(prefix.size());
    path = path.substr(std::min(path.find('/'), path.size()));
  }
  if (path.starts_with("/v1/messages")) return error_form::anthropic;
  return path.starts_with("/api/") ? error_form::ollama : error_form::openai;
}

std::string error_body(const error_response& error, error_form form) {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  const auto member = [&writer](std::string_view name, std::string_view value) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  if (form == error_form::ollama) {
    member("error", error.message);
  } else {
    const bool anthropic = form == error_form::anthropic;
    if (anthropic) member("type", "error");
    writer.Key("error");
    writer.StartObject();
    member("message", error.message);
    member("type", anthropic ? anthropic_type(error.status) : error_type(error.status));
    member("code", error.code);
    writer.EndObject();
  }
  writer.EndObject();
  return {text.GetString(), text.GetSize()};
}

std::string error_event(const error_response& error, error_form form) {
  return (form == error_form::anthropic ? "event: error\ndata: " : "data: ") +
         error_body(error, form) + "\n\n";
}

}  // namespace rolecall::proxy
