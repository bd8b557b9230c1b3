#include "orchestrator/admin/load_plan.hpp"

#include "orchestrator/admin/json_text.hpp"

namespace rolecall::admin {

std::string to_json(const load_plan& plan) {
  json_text json;
  json.begin_object();
  json.member("role", plan.role);
  json.member("decision", plan.decision);
  json.member("verdict", plan.verdict);
  json.member("needed_bytes", plan.needed_bytes);
  json.member("held_bytes", plan.held_bytes);
  json.member("free_bytes", plan.free_bytes);
  json.key("victims").begin_array();
  for (const auto& v : plan.victims) {
    json.begin_object();
    json.member("instance", v.instance);
    json.member("idle_seconds", v.idle_seconds);
    json.member("freed_bytes", v.freed_bytes);
    json.member("reason", v.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.text();
}

}  // namespace rolecall::admin
