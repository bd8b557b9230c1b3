#include "orchestrator/proxy/role_selection.hpp"

#include "orchestrator/proxy/body_model.hpp"
#include "orchestrator/proxy/percent_encoding.hpp"
#include "registry/suggestion.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {
namespace {

using boost::beast::http::verb;

constexpr std::string_view role_prefix = "/roles/";
constexpr std::string_view models_path = "/v1/models";
constexpr std::string_view role_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view inference_methods = "POST, OPTIONS";
constexpr std::string_view page_methods = "GET, HEAD, OPTIONS";

// llama-server's routes (0.7.0) that belong to a model: all are POST.
constexpr std::array<std::string_view, 23> inference_paths = {
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/rerank",
    "/v1/reranking",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/chat/completions/input_tokens",
    "/v1/responses/input_tokens",
    "/v1/audio/transcriptions",
    "/chat/completions",
    "/completion",
    "/completions",
    "/responses",
    "/embedding",
    "/embeddings",
    "/rerank",
    "/reranking",
    "/infill",
    "/tokenize",
    "/detokenize",
    "/apply-template",
};

// A request target's two parts (RFC 9112 section 3.2); `query` begins with its question mark.
struct target_parts {
  std::string_view path;
  std::string_view query;
};

// Clients that take the front door for a forward proxy send the absolute form, which servers must
// accept.
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view{"/"} : target.substr(end);
  }
  return target;
}

target_parts split(std::string_view target) {
  const auto origin = origin_form(target);
  const auto query = std::min(origin.find('?'), origin.size());
  return {.path = origin.substr(0, query), .query = origin.substr(query)};
}

// A name from outside, fit for a message: short, printable ASCII.
std::string shown(std::string_view name) {
  constexpr std::size_t longest = 80;
  std::string text{name.substr(0, longest)};
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return name.size() > longest ? text + "..." : text;
}

std::string listed_roles(const routing_table& routes) {
  std::string text;
  for (const auto& role : routes.roles) text.append(text.empty() ? "" : ", ").append(role.name);
  return text;
}

error_response unknown_role(const routing_table& routes, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& entry : routes.names) names.push_back(entry.first);
  auto message = "cannot find role '" + shown(name) + "'";
  if (const auto near = registry::closest(name, names); !near.empty())
    message += ": did you mean '" + near + "'?";
  message += " The roles are: " + listed_roles(routes);
  return {.status = 404, .code = error_code_words::model_not_found, .message = std::move(message)};
}

error_response method_not_allowed(std::string_view path, std::string_view allow) {
  return {
      .status = 405,
      .code = error_code_words::method_not_allowed,
      .message = "cannot use this method on " + shown(path) + ": it takes " + std::string{allow},
      .allow = allow};
}

error_response bad_request(std::string_view code, std::string message) {
  return {.status = 400, .code = code, .message = std::move(message)};
}

selection select_by_prefix(const routing_table& routes, const request_view& asked,
                           const target_parts& parts) {
  const auto rest = parts.path.substr(role_prefix.size());
  const auto end = std::min(rest.find('/'), rest.size());
  const auto name = percent_decode(rest.substr(0, end));
  if (!name)
    return bad_request(error_code_words::bad_request,
                       "cannot read the role in " + shown(parts.path) +
                           ": a % needs two hexadecimal digits after it");
  const auto* role = routes.find(*name);
  if (role == nullptr) return unknown_role(routes, *name);
  switch (asked.method) {
    case verb::options:
      return own_request{.what = own_request::page::options, .allow = role_methods};
    case verb::get:
    case verb::head:
    case verb::post:
    case verb::put:
    case verb::patch:
    case verb::delete_:
      break;
    default:
      return method_not_allowed(parts.path, role_methods);
  }
  const auto path = rest.substr(end);
  return role_request{.role = role,
                      .target = std::string{path.empty() ? "/" : path}.append(parts.query)};
}

std::optional<own_request> find_page(std::string_view path) {
  if (path == "/") return own_request{.what = own_request::page::home};
  if (path == "/health" || path == "/v1/health")
    return own_request{.what = own_request::page::health};
  if (path == models_path || path == "/models")
    return own_request{.what = own_request::page::models};
  if (path.starts_with(models_path) && path[models_path.size()] == '/') {
    const auto encoded = path.substr(models_path.size() + 1);
    return own_request{.what = own_request::page::model,
                       .name = percent_decode(encoded).value_or(std::string{encoded})};
  }
  return std::nullopt;
}

selection select_page(const routing_table& routes, const request_view& asked, std::string_view path,
                      own_request page) {
  if (asked.method == verb::options)
    return own_request{.what = own_request::page::options, .allow = page_methods};
  if (asked.method != verb::get && asked.method != verb::head)
    return method_not_allowed(path, page_methods);
  if (page.what == own_request::page::model && routes.find(page.name) == nullptr)
    return unknown_role(routes, page.name);
  return page;
}

// llama-server reads JSON whatever the Content-Type says, and so do clients that state none; forms
// are the exception.
bool is_form(std::string_view content_type) {
  const auto starts = [content_type](std::string_view type) {
    return boost::beast::iequals(content_type.substr(0, type.size()), type);
  };
  return starts("multipart/") || starts("application/x-www-form-urlencoded");
}

selection select_by_body(const routing_table& routes, const request_view& asked,
                         const target_parts& parts) {
  std::optional<std::string> name;
  if (!is_form(asked.content_type)) {
    auto found = find_model(asked.body);
    if (!found) {
      const bool malformed = found.error().what == body_fault::kind::malformed;
      return bad_request(
          malformed ? error_code_words::malformed_json : error_code_words::bad_request,
          std::move(found.error().message));
    }
    name = *std::move(found);
  }
  const auto* role = name ? routes.find(*name) : routes.default_role;
  if (role == nullptr && name) return unknown_role(routes, *name);
  if (role == nullptr)
    return bad_request(
        error_code_words::model_required,
        "cannot route the request: it names no role and there is no default role; set "
        "\"model\" to one of " +
            listed_roles(routes) + ", or ask /roles/<role>" + shown(parts.path));
  return role_request{.role = role, .target = std::string{parts.path}.append(parts.query)};
}

selection not_found(const target_parts& parts) {
  std::string message = "cannot find " + shown(parts.path) + ": ";
  message += parts.path == "/api/generate"
                 ? "Ollama's API is not spoken here; use /v1/completions or /completion"
                 : "no such route; a llama-server's own routes are under /roles/<role>/";
  return error_response{
      .status = 404, .code = error_code_words::not_found, .message = std::move(message)};
}

}  // namespace

selection select_role(const routing_table& routes, const request_view& asked) {
  const auto parts = split(asked.target);
  if (parts.path.starts_with(role_prefix)) return select_by_prefix(routes, asked, parts);
  if (auto page = find_page(parts.path))
    return select_page(routes, asked, parts.path, *std::move(page));
  if (parts.path == "*" && asked.method == verb::options)
    return own_request{.what = own_request::page::options, .allow = role_methods};
  if (std::ranges::find(inference_paths, parts.path) == inference_paths.end())
    return not_found(parts);
  if (asked.method == verb::options)
    return own_request{.what = own_request::page::options, .allow = inference_methods};
  if (asked.method != verb::post) return method_not_allowed(parts.path, inference_methods);
  return select_by_body(routes, asked, parts);
}

}  // namespace rolecall::proxy
