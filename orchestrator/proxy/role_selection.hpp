#pragma once

#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/lease_source.hpp"

#include <string>
#include <string_view>
#include <variant>

#include <boost/beast/http/verb.hpp>

namespace rolecall::proxy {

/// A request for a role's processes.
struct role_request {
  const routed_role* role = nullptr;
  std::string target;  ///< what the upstream is asked for: path and query, prefix stripped
};

/// A request that the front door answers itself.
struct own_request {
  enum class page { home, health, models, model, options };
  page what = page::home;
  std::string name = {};        ///< of page::model: the name asked for, decoded
  std::string_view allow = {};  ///< of page::options; static storage
};

using selection = std::variant<role_request, own_request, error_response>;

/// What a request asks for, as selection looks at it.
struct request_view {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string_view target;
  std::string_view content_type;
  std::string_view body;
};

/// Decides who answers. Pure. In this order:
///   1. `/roles/<role>/…`: that role, any route and method; the body is not looked at
///   2. the front door's own pages: `/`, `/health`, `/v1/models[/<name>]`
///   3. an inference route: the role that the JSON body's `model` names (role, alias or model), or
///      the default role, where bodies that are forms by their Content-Type go as well
/// Anything else is 404, 405, or 400 with what is wrong.
[[nodiscard]] selection select_role(const routing_table& routes, const request_view& asked);

}  // namespace rolecall::proxy
