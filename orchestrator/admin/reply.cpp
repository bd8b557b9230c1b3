#include "orchestrator/admin/reply.hpp"

#include "orchestrator/admin/json_text.hpp"
#include "orchestrator/admin/requests_json.hpp"
#include "orchestrator/log/log_line.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::admin {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void member(json_writer& json, const char* name, std::string_view text) {
  json.Key(name);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string_view error_type(unsigned status) {
  if (status == 404) return "not_found_error";
  if (status == 409) return "conflict_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

reply plain(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body), {}};
}

}  // namespace

reply error_reply(unsigned status, std::string_view code, std::string_view message) {
  rapidjson::StringBuffer buffer;
  json_writer json{buffer};
  json.StartObject();
  json.Key("error");
  json.StartObject();
  member(json, "message", message);
  member(json, "type", error_type(status));
  member(json, "code", code);
  json.EndObject();
  json.EndObject();
  return {status, "application/json", {buffer.GetString(), buffer.GetSize()}, {}};
}

reply to_reply(const route_error& error) {
  auto result = error_reply(error.status, error.code, error.message);
  result.allow = error.allow;
  return result;
}

reply to_reply(const command_error& error) {
  switch (error.what) {
    case command_error::kind::unknown_role:
      return error_reply(404, "unknown_role", error.message);
    case command_error::kind::refused:
      return error_reply(409, "refused", error.message);
    case command_error::kind::failed:
      return error_reply(500, "failed", error.message);
  }
  return error_reply(500, "failed", error.message);
}

reply to_reply(const reload_refusal& refusal) {
  if (!refusal.is_wrong) return error_reply(409, "refused", refusal.message);
  json_text json;
  json.begin_object();
  json.key("error").begin_object();
  json.member("message", refusal.message);
  json.member("type", error_type(422));
  json.member("code", "wrong_registry");
  json.member("diagnostics", refusal.diagnostics);
  json.end_object();
  json.end_object();
  return {422, "application/json", json.text(), {}};
}

reply unknown_role(const fleet_status& status, std::string_view name) {
  std::string message = "unknown role '" + std::string{name} + "'; the roles are ";
  for (const auto& role : status.roles) {
    if (&role != &status.roles.front()) message += ", ";
    message += role.name;
  }
  return error_reply(404, "unknown_role", message);
}

reply answer(const livez& /*request*/, fleet& /*f*/) { return plain(200, "ok\n"); }

reply answer(const readyz& /*request*/, fleet& f) {
  if (f.hot_ready()) return plain(200, "ready\n");
  std::string text = "not ready:";
  for (const auto& role : f.status().roles)
    if (role.tier == "hot")
      for (const auto& instance : role.instances)
        if (role.shares.empty() && instance.state != "ready")
          text += " " + instance.name + " (" + instance.state + ")";
  return plain(503, text + "\n");
}

reply answer(const metrics_page& /*request*/, fleet& f) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", f.metrics_text(), {}};
}

reply answer(const status_page& /*request*/, fleet& f) {
  return {200, "application/json", to_json(f.status()), {}};
}

reply answer(const memory_page& /*request*/, fleet& f) {
  return {200, "application/json", memory_json(f.status()), {}};
}

reply answer(const roles_page& /*request*/, fleet& f) {
  return {200, "application/json", roles_json(f.status()), {}};
}

reply answer(const role_page& request, fleet& f) {
  const auto status = f.status();
  const auto* role = find_role(status, request.role);
  if (role == nullptr) return unknown_role(status, request.role);
  return {200, "application/json", to_json(*role), {}};
}

reply answer(const plan_page& request, fleet& f) {
  const auto plan = f.plan_load(request.role);
  if (!plan) return to_reply(plan.error());
  return {200, "application/json", to_json(*plan), {}};
}

reply answer(const requests_page& request, fleet& f) {
  tracing::request_query query{.limit = request.limit, .slow = request.slow};
  if (!request.role.empty()) {
    const auto status = f.status();
    const auto* role = find_role(status, request.role);
    if (role == nullptr) return unknown_role(status, request.role);
    query.role = role->name;
  }
  return {
      200, "application/json", to_json(f.requests(query), std::chrono::steady_clock::now()), {}};
}

reply answer(const request_page& request, fleet& f) {
  const auto found = f.requests({.id = request.id, .limit = most_requests});
  if (found.empty())
    return error_reply(404, "unknown_request",
                       "no request with the id or trace id '" + request.id +
                           "' is remembered, only the last ones and the slowest are: `rolectl "
                           "requests` lists them, and the access log tells of all");
  return {200, "application/json", to_json(found, std::chrono::steady_clock::now()), {}};
}

reply answer(const log_levels_page& /*request*/, fleet& /*f*/) {
  json_text json;
  json.begin_object();
  json.key("levels").begin_object();
  for (const auto of : all_components) json.member(to_string(of), to_string(log_level(of)));
  json.end_object();
  json.end_object();
  return {200, "application/json", json.text(), {}};
}

reply answer(const log_level_change& request, fleet& f) {
  set_log_level(request.wanted);
  log_line(priority::notice, "log_level", component::admin)
      .with("of", request.wanted.of ? to_string(*request.wanted.of) : "all")
      .with("to", to_string(request.wanted.level));
  return answer(log_levels_page{}, f);
}

// Pinning takes effect at once; processes take their time, and 202 says so to those who do not
// wait.
reply command_reply(const role_command& request, const fleet_status& status) {
  const bool done = request.wait || request.what == command::pin || request.what == command::unpin;
  const auto* role = find_role(status, request.role);
  rapidjson::StringBuffer buffer;
  json_writer json{buffer};
  json.StartObject();
  member(json, "role", role == nullptr ? request.role : role->name);
  member(json, "command", to_string(request.what));
  member(json, "state", role == nullptr ? std::string{} : state_of(*role));
  json.Key("done");
  json.Bool(done);
  json.EndObject();
  return {done ? 200U : 202U, "application/json", {buffer.GetString(), buffer.GetSize()}, {}};
}

}  // namespace rolecall::admin
