#pragma once

#include "orchestrator/proxy/answer_translation.hpp"
#include "orchestrator/proxy/body_scan.hpp"
#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/ollama_call.hpp"
#include "orchestrator/proxy/role_access.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/beast/http/verb.hpp>

namespace rolecall::proxy {

/// A request for a role's processes.
struct role_request {
  const routed_role* role = nullptr;
  std::string target;   ///< what the upstream is asked for: path and query, prefix stripped
  bool stream = false;  ///< the JSON body asks for an event stream
  std::optional<std::uint64_t> prefix = std::nullopt;  ///< body_facts::prefix of the JSON body
  /// A call of Ollama's API: to be translated before it is sent.
  std::optional<ollama_call> ollama = std::nullopt;
  /// Set with the translated request; nullptr: the answer passes as it is.
  std::unique_ptr<answer_translation> translation = nullptr;
};

/// A request that the front door answers itself.
struct own_request {
  enum class page {
    home,
    health,
    models,
    model,
    ollama_tags,
    ollama_running,
    ollama_show,
    ollama_version,
    options
  };
  page what = page::home;
  std::string name = {};        ///< of page::model and page::ollama_show: a name of the table
  std::string headers = {};     ///< of page::options: what a browser's script wants to send
  std::string_view allow = {};  ///< of page::options; static storage
};

using selection = std::variant<role_request, own_request, error_response>;

/// What a request asks for, as selection looks at it.
struct request_view {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string_view target;
  std::string_view content_type;
  std::string_view body;
  const scanned_body* scanned = nullptr;  ///< the body, where wants_scan() says so
  std::string_view wanted_headers = {};   ///< Access-Control-Request-Headers
  role_access access = {};
};

/// Whether a request is answered to those who show no key: OPTIONS, and GET or HEAD of `/health`.
[[nodiscard]] bool is_open_page(boost::beast::http::verb method, std::string_view target) noexcept;

/// Whether a request's body is to be scanned before select_role() is asked: POST to an inference
/// route, the body no multipart form; `body` is not looked at. llama-server reads JSON whatever the
/// Content-Type says, and so do clients that state none; curl states a form.
[[nodiscard]] bool wants_scan(const request_view& asked);

/// Decides who answers. Pure. A role that the client may not use is 403, or 404 through another
/// role's door; what comes through a role's door is for that role, with `/roles/<role>` before it
/// or without. Otherwise, in this order:
///   1. `/roles/<role>/…`: that role, any route and method, whatever the body's `model` is
///   2. the front door's own pages: `/`, `/health`, `/v1/models[/<name>]`, `/api/tags`, `/api/ps`,
///      `/api/show`, `/api/version`
///   3. an inference route, Ollama's among them: the role that the JSON body's `model` names (role,
///      alias or model) or a form's field of that name, or the default role
/// Anything else is 404, 405, 501 or 400 with what is wrong.
[[nodiscard]] selection select_role(const routing_table& routes, const request_view& asked);

}  // namespace rolecall::proxy
