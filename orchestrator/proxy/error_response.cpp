#include "orchestrator/proxy/error_response.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {

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

std::string error_body(const error_response& error) {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  const auto member = [&writer](std::string_view name, std::string_view value) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  writer.Key("error");
  writer.StartObject();
  member("message", error.message);
  member("type", error_type(error.status));
  member("code", error.code);
  writer.EndObject();
  writer.EndObject();
  return {text.GetString(), text.GetSize()};
}

std::string error_event(const error_response& error) {
  return "data: " + error_body(error) + "\n\n";
}

}  // namespace rolecall::proxy
