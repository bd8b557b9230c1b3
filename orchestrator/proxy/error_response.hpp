#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// A refusal of the front door's own.
struct error_response {
  unsigned status = 500;
  std::string_view code = {};  ///< for programs: one of the words below; static storage
  std::string message = {};    ///< for people: "cannot <verb> <object>: <reason>" and the next step
  std::chrono::seconds retry_after{0};  ///< 0: no Retry-After field
  std::string_view allow = {};          ///< of 405; static storage
};

namespace error_code_words {
inline constexpr std::string_view bad_request = "bad_request";
inline constexpr std::string_view malformed_json = "malformed_json";
inline constexpr std::string_view model_required = "model_required";
inline constexpr std::string_view model_not_found = "model_not_found";
inline constexpr std::string_view invalid_api_key = "invalid_api_key";
inline constexpr std::string_view role_not_allowed = "role_not_allowed";
inline constexpr std::string_view key_limit = "key_limit";
inline constexpr std::string_view not_found = "not_found";
inline constexpr std::string_view not_supported = "not_supported";
inline constexpr std::string_view method_not_allowed = "method_not_allowed";
inline constexpr std::string_view request_timeout = "request_timeout";
inline constexpr std::string_view request_too_large = "request_too_large";
inline constexpr std::string_view header_too_large = "header_too_large";
inline constexpr std::string_view expectation_failed = "expectation_failed";
inline constexpr std::string_view never_fits = "never_fits";
inline constexpr std::string_view queue_full = "queue_full";
inline constexpr std::string_view queue_deadline = "queue_deadline";
inline constexpr std::string_view role_failed = "role_failed";
inline constexpr std::string_view shutting_down = "shutting_down";
inline constexpr std::string_view upstream_failed = "upstream_failed";
inline constexpr std::string_view upstream_deadline = "upstream_deadline";
inline constexpr std::string_view internal = "internal_error";
}  // namespace error_code_words

/// The control plane's refusal: 404, 507, 429 or 503, with its Retry-After.
[[nodiscard]] error_response to_error_response(const refusal& why);

/// `invalid_request_error`, `rate_limit_error` or `server_error`, by the status.
[[nodiscard]] std::string_view error_type(unsigned status) noexcept;

/// How an error is told, so that each API's clients find its message.
enum class error_form {
  openai,     ///< {"error":{"message","type","code"}}
  anthropic,  ///< {"type":"error","error":{"type","message","code"}}
  ollama,     ///< {"error":"message"}
};

/// By the request's target: `/v1/messages…` is Anthropic's, `/api/…` Ollama's, also under
/// `/roles/<role>`; every other OpenAI's.
[[nodiscard]] error_form form_of(std::string_view target) noexcept;

/// The message must be UTF-8.
[[nodiscard]] std::string error_body(const error_response& error,
                                     error_form form = error_form::openai);

/// The same as a server-sent event, for a stream that has begun. Anthropic's clients look at events
/// named `error`, OpenAI's at `data` alone.
[[nodiscard]] std::string error_event(const error_response& error,
                                      error_form form = error_form::openai);

}  // namespace rolecall::proxy
