#include "orchestrator/proxy/own_reply.hpp"

#include "orchestrator/proxy/ollama_pages.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <boost/beast/http/status.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr std::string_view home_text =
    "Rolecall: llama-server processes by role.\n"
    "\n"
    "  GET  /v1/models            the roles and their state\n"
    "  POST /v1/chat/completions  with the role as \"model\"; the other inference routes likewise\n"
    "  POST /api/chat             Ollama's API likewise; GET /api/tags tells the roles\n"
    "  *    /roles/<role>/...     any route of that role's llama-server\n"
    "  GET  /health               whether the front door is open\n";

void text(json_writer& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void member(json_writer& writer, std::string_view name, std::string_view value) {
  text(writer, name);
  text(writer, value);
}

std::string_view state_of(const std::vector<role_state>* states, const routed_role& role) {
  // Before the control plane's first word nothing has been started.
  return states != nullptr && role.id < states->size() ? std::string_view{(*states)[role.id].state}
                                                       : "stopped";
}

void write_model(json_writer& writer, const routing_table& routes, const routed_role& role,
                 const std::vector<role_state>* states) {
  writer.StartObject();
  member(writer, "id", role.name);
  member(writer, "object", "model");
  writer.Key("created");
  writer.Int(0);
  member(writer, "owned_by", "rolecall");
  member(writer, "state", state_of(states, role));
  member(writer, "model", role.model);
  writer.Key("aliases");
  writer.StartArray();
  for (const auto& [name, index] : routes.names)
    if (&routes.roles[index] == &role && name != role.name) text(writer, name);
  writer.EndArray();
  writer.EndObject();
}

std::string models_body(const routing_table& routes, const std::vector<role_state>* states) {
  rapidjson::StringBuffer out;
  json_writer writer(out);
  writer.StartObject();
  member(writer, "object", "list");
  writer.Key("data");
  writer.StartArray();
  for (const auto& role : routes.roles) write_model(writer, routes, role, states);
  writer.EndArray();
  writer.EndObject();
  return {out.GetString(), out.GetSize()};
}

std::string model_body(const routing_table& routes, const routed_role& role,
                       const std::vector<role_state>* states) {
  rapidjson::StringBuffer out;
  json_writer writer(out);
  write_model(writer, routes, role, states);
  return {out.GetString(), out.GetSize()};
}

std::string health_body(const routing_table& routes, const std::vector<role_state>* states) {
  rapidjson::StringBuffer out;
  json_writer writer(out);
  writer.StartObject();
  member(writer, "status", "ok");
  writer.Key("roles");
  writer.StartObject();
  for (const auto& role : routes.roles) member(writer, role.name, state_of(states, role));
  writer.EndObject();
  writer.EndObject();
  return {out.GetString(), out.GetSize()};
}

// A browser asks which fields its script may send (Fetch standard, CORS protocol). What it names is
// allowed, if it is a list of names; `*` would not cover Authorization.
std::string allowed_headers(std::string_view wanted) {
  constexpr std::size_t longest = 1024;
  const bool names = std::ranges::all_of(wanted, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ',' || c == ' ';
  });
  const bool usable = !wanted.empty() && wanted.size() <= longest && names;
  return usable ? std::string{wanted} : "Authorization, Content-Type, X-Api-Key";
}

// RFC 9110 section 5.6.7; a server with a clock dates its answers.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> date{};
  const auto size = std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {date.data(), size};
}

}  // namespace

own_reply to_reply(const error_response& error, error_form form) {
  return {.status = error.status,
          .body = error_body(error, form),
          .retry_after = error.retry_after,
          .allow = error.allow};
}

own_reply answer_page(const own_request& asked, const routing_table& all,
                      const state_source& states, const role_access& client) {
  const auto limited = client.is_limited() ? std::optional{visible_to(client, all)} : std::nullopt;
  const auto& routes = limited ? *limited : all;
  const auto known = states.role_states();
  switch (asked.what) {
    case own_request::page::home:
      return {.content_type = "text/plain; charset=utf-8", .body = std::string{home_text}};
    case own_request::page::health:
      return {.body = health_body(routes, known.get())};
    case own_request::page::models:
      return {.body = models_body(routes, known.get())};
    case own_request::page::model:
      return {.body = model_body(routes, *routes.find(asked.name), known.get())};
    case own_request::page::ollama_tags:
      return {.body = ollama_tags(routes)};
    case own_request::page::ollama_running:
      return {.body = ollama_running(routes, known.get())};
    case own_request::page::ollama_show:
      return {.body = ollama_show(*routes.find(asked.name))};
    case own_request::page::ollama_version:
      return {.body = ollama_version()};
    case own_request::page::options:
      return {.status = 204,
              .content_type = {},
              .body = {},
              .allow = asked.allow,
              .allow_headers = allowed_headers(asked.headers)};
  }
  return {};
}

std::string to_wire(const own_reply& reply, bool keep_alive, bool without_body,
                    std::string_view request_id) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  out.append(
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(reply.status)));
  out.append("\r\nDate: ").append(http_date());
  if (!reply.content_type.empty()) {
    out.append("\r\nContent-Type: ").append(reply.content_type);
    out.append("\r\nContent-Length: ").append(std::to_string(reply.body.size()));
  }
  if (reply.retry_after.count() > 0)
    out.append("\r\nRetry-After: ").append(std::to_string(reply.retry_after.count()));
  if (!reply.allow.empty()) out.append("\r\nAllow: ").append(reply.allow);
  if (reply.status == 401) out.append("\r\nWWW-Authenticate: Bearer realm=\"rolecall\"");
  if (!request_id.empty()) out.append("\r\nX-Request-Id: ").append(request_id);
  out.append("\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *");
  if (!reply.allow_headers.empty()) {
    out.append("\r\nAccess-Control-Allow-Methods: ").append(reply.allow);
    out.append("\r\nAccess-Control-Allow-Headers: ").append(reply.allow_headers);
    out.append("\r\nAccess-Control-Max-Age: 86400");
  }
  out.append(keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (!without_body) out.append(reply.body);
  return out;
}

}  // namespace rolecall::proxy
