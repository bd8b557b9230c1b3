#include "orchestrator/proxy/role_selection.hpp"

#include "orchestrator/proxy/inference_route.hpp"
#include "orchestrator/proxy/multipart_model.hpp"
#include "orchestrator/proxy/percent_encoding.hpp"
#include "orchestrator/proxy/selection_refusals.hpp"
#include "orchestrator/proxy/target_parts.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {
namespace {

using boost::beast::http::verb;

constexpr std::string_view models_path = "/v1/models";
constexpr std::string_view show_path = "/api/show";
constexpr std::string_view role_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view inference_methods = "POST, OPTIONS";
constexpr std::string_view page_methods = "GET, HEAD, OPTIONS";

// Ollama's clients add a tag to names.
const routed_role* find_role(const routing_table& routes, std::string_view name, bool for_ollama) {
  constexpr std::string_view tag = ":latest";
  const auto* role = routes.find(name);
  if (role != nullptr || !for_ollama || !name.ends_with(tag)) return role;
  return routes.find(name.substr(0, name.size() - tag.size()));
}

own_request preflight(const request_view& asked, std::string_view allow) {
  return {.what = own_request::page::options,
          .headers = std::string{asked.wanted_headers},
          .allow = allow};
}

// Builds of llama-server differ in what they do with a slot that is not there: some let the client
// wait for ever, 0.7.0 takes any other.
selection with_facts(role_request to, const body_facts& facts) {
  const int slots = to.role->slots;
  if (facts.id_slot && *facts.id_slot >= slots)
    return bad_request(error_code_words::bad_request,
                       "cannot use the slot that \"id_slot\" asks for: role '" + to.role->name +
                           "' has " + std::to_string(slots) + (slots == 1 ? " slot" : " slots") +
                           ", numbered from 0; leave it out to get any of them");
  to.stream = facts.stream;
  to.prefix = facts.prefix;
  return to;
}

// Any route of a role's llama-server. The body says which slot; not which role.
selection select_any_route(const routed_role& role, const request_view& asked,
                           std::string_view path, std::string_view query) {
  switch (asked.method) {
    case verb::options:
      return preflight(asked, role_methods);
    case verb::get:
    case verb::head:
    case verb::post:
    case verb::put:
    case verb::patch:
    case verb::delete_:
      break;
    default:
      return method_not_allowed(path, role_methods);
  }
  role_request to{.role = &role,
                  .target = std::string{path.empty() ? "/" : path}.append(query),
                  .ollama = asked.method == verb::post ? ollama_call_of(path) : std::nullopt};
  if (asked.scanned == nullptr) return to;
  if (*asked.scanned) return with_facts(std::move(to), **asked.scanned);
  // llama-server answers what is malformed; what is only too deep it would read.
  const auto& fault = asked.scanned->error();
  if (fault.what == body_fault::kind::too_deep)
    return bad_request(error_code_words::malformed_json, fault.message);
  return to;
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
  auto refused = refusal_of(routes, asked.access, role, *name);
  // Browsers ask for permission without showing a key, and are not told which roles there are.
  if (refused && asked.method == verb::options) return preflight(asked, role_methods);
  if (refused) return *std::move(refused);
  return select_any_route(*role, asked, rest.substr(end), parts.query);
}

selection select_at_door(const routing_table& routes, const request_view& asked,
                         const target_parts& parts) {
  const auto& role = *asked.access.door;
  auto refused = refusal_of(routes, asked.access, &role, role.name);
  if (refused && asked.method != verb::options) return *std::move(refused);
  return select_any_route(role, asked, parts.path, parts.query);
}

std::optional<own_request> find_page(std::string_view path) {
  if (path == "/") return own_request{.what = own_request::page::home};
  if (path == "/health" || path == "/v1/health")
    return own_request{.what = own_request::page::health};
  if (path == models_path || path == "/models")
    return own_request{.what = own_request::page::models};
  if (path == "/api/tags") return own_request{.what = own_request::page::ollama_tags};
  if (path == "/api/ps") return own_request{.what = own_request::page::ollama_running};
  if (path == "/api/version") return own_request{.what = own_request::page::ollama_version};
  if (path.starts_with(models_path) && path[models_path.size()] == '/') {
    const auto encoded = path.substr(models_path.size() + 1);
    return own_request{.what = own_request::page::model,
                       .name = percent_decode(encoded).value_or(std::string{encoded})};
  }
  return std::nullopt;
}

selection select_page(const routing_table& routes, const request_view& asked, std::string_view path,
                      own_request page) {
  if (asked.method == verb::options) return preflight(asked, page_methods);
  if (asked.method != verb::get && asked.method != verb::head)
    return method_not_allowed(path, page_methods);
  if (page.what != own_request::page::model) return page;
  if (auto refused = refusal_of(routes, asked.access, routes.find(page.name), page.name))
    return *std::move(refused);
  return page;
}

bool is_of_type(std::string_view content_type, std::string_view start) {
  return boost::beast::iequals(content_type.substr(0, start.size()), start);
}

// What the body says; of forms the model only. Forms that cannot be read as JSON say nothing.
std::optional<error_response> read_body(const request_view& asked, body_facts& facts) {
  if (is_multipart_form(asked.content_type)) {
    auto model = multipart_model(asked.content_type, asked.body);
    if (!model) return bad_request(error_code_words::bad_request, model.error().message);
    facts.model = *std::move(model);
  } else if (asked.scanned != nullptr && *asked.scanned) {
    facts = **asked.scanned;
  } else if (asked.scanned != nullptr &&
             !is_of_type(asked.content_type, "application/x-www-form-urlencoded")) {
    return bad_request(error_code_words::malformed_json, asked.scanned->error().message);
  }
  if (facts.model_fault.empty()) return std::nullopt;
  return bad_request(error_code_words::bad_request,
                     "cannot route the request: \"model\" " + std::string{facts.model_fault});
}

selection select_shown(const routing_table& routes, const request_view& asked) {
  if (asked.method == verb::options) return preflight(asked, inference_methods);
  if (asked.method != verb::post) return method_not_allowed("/api/show", inference_methods);
  if (const auto* door = asked.access.door) {
    if (auto refused = refusal_of(routes, asked.access, door, door->name))
      return *std::move(refused);
    return own_request{.what = own_request::page::ollama_show, .name = door->name};
  }
  body_facts facts;
  if (auto fault = read_body(asked, facts)) return *std::move(fault);
  if (!facts.model)
    return bad_request(error_code_words::model_required,
                       "cannot show a model: the body has no \"model\"");
  const auto* role = find_role(routes, *facts.model, true);
  if (auto refused = refusal_of(routes, asked.access, role, *facts.model))
    return *std::move(refused);
  return own_request{.what = own_request::page::ollama_show, .name = role->name};
}

selection select_by_body(const routing_table& routes, const request_view& asked,
                         const target_parts& parts) {
  body_facts facts;
  if (auto fault = read_body(asked, facts)) return *std::move(fault);
  const auto& name = facts.model;
  const auto ollama = ollama_call_of(parts.path);
  const auto* role = name ? find_role(routes, *name, ollama.has_value()) : routes.default_role;
  if (role == nullptr && !name)
    return bad_request(
        error_code_words::model_required,
        "cannot route the request: it names no role and there is no default role; set "
        "\"model\" to one of " +
            listed_roles(visible_to(asked.access, routes)) + ", or ask /roles/<role>" +
            shown(parts.path));
  if (auto refused = refusal_of(routes, asked.access, role, name ? *name : role->name))
    return *std::move(refused);
  return with_facts(
      {.role = role, .target = std::string{parts.path}.append(parts.query), .ollama = ollama},
      facts);
}

}  // namespace

bool is_open_page(verb method, std::string_view target) noexcept {
  if (method == verb::options) return true;
  const auto path = split_target(target).path;
  return (method == verb::get || method == verb::head) &&
         (path == "/health" || path == "/v1/health");
}

bool wants_scan(const request_view& asked) {
  if (asked.method != verb::post || is_multipart_form(asked.content_type)) return false;
  const auto path = without_role(split_target(asked.target).path);
  // llama-server decodes the path that it is asked for.
  if (path.find('%') != std::string_view::npos)
    return is_inference(percent_decode(path).value_or(std::string{}));
  return is_inference(path) || path == show_path;
}

selection select_role(const routing_table& routes, const request_view& asked) {
  const auto parts = split_target(asked.target);
  if (parts.path.starts_with(role_prefix)) return select_by_prefix(routes, asked, parts);
  if (auto page = find_page(parts.path))
    return select_page(routes, asked, parts.path, *std::move(page));
  if (parts.path == show_path) return select_shown(routes, asked);
  if (parts.path == "*" && asked.method == verb::options) return preflight(asked, role_methods);
  if (asked.access.door != nullptr && !is_unsupported(parts.path))
    return select_at_door(routes, asked, parts);
  if (!is_inference(parts.path)) return not_found(parts.path);
  if (asked.method == verb::options) return preflight(asked, inference_methods);
  if (asked.method != verb::post) return method_not_allowed(parts.path, inference_methods);
  return select_by_body(routes, asked, parts);
}

}  // namespace rolecall::proxy
