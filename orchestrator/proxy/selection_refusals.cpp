#include "orchestrator/proxy/selection_refusals.hpp"

#include "registry/suggestion.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace rolecall::proxy {
namespace {

// Ollama's calls that change what models there are: the registry does that here.
constexpr std::array<std::string_view, 6> unsupported_paths = {
    "/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/blobs"};

error_response unknown_role(const routing_table& all, const role_access& client,
                            std::string_view name) {
  const auto routes = visible_to(client, all);
  std::vector<std::string> names;
  for (const auto& entry : routes.names) names.push_back(entry.first);
  auto message = "cannot find role '" + shown(name) + "'";
  if (const auto near = registry::closest(name, names); !near.empty())
    message += ": did you mean '" + near + "'?";
  if (!routes.roles.empty()) message += " The roles are: " + listed_roles(routes);
  return {.status = 404, .code = error_code_words::model_not_found, .message = std::move(message)};
}

}  // namespace

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

std::optional<error_response> refusal_of(const routing_table& routes, const role_access& client,
                                         const routed_role* role, std::string_view name) {
  if (role == nullptr) return unknown_role(routes, client, name);
  if (client.allows(*role)) return std::nullopt;
  if (client.door != nullptr && client.door != role)
    return error_response{.status = 404,
                          .code = error_code_words::model_not_found,
                          .message = "cannot reach role '" + role->name +
                                     "' here: this address is the door of role '" +
                                     client.door->name + "'"};
  return error_response{.status = 403,
                        .code = error_code_words::role_not_allowed,
                        .message = "cannot use role '" + role->name +
                                   "': the API key does not allow it; it allows " +
                                   listed_roles(visible_to(client, routes))};
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

bool is_unsupported(std::string_view path) {
  return std::ranges::any_of(unsupported_paths, [&](std::string_view known) {
    return path == known || (path.starts_with(known) && path[known.size()] == '/');
  });
}

error_response not_found(std::string_view path) {
  if (is_unsupported(path))
    return {.status = 501,
            .code = error_code_words::not_supported,
            .message = "cannot do " + shown(path) +
                       ": the models are those of the registry, which its operator edits"};
  return {.status = 404,
          .code = error_code_words::not_found,
          .message = "cannot find " + shown(path) +
                     ": no such route; a llama-server's own routes are under "
                     "/roles/<role>/"};
}

}  // namespace rolecall::proxy
