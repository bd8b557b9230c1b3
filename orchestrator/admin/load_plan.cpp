#include "orchestrator/admin/load_plan.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::admin {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void member(json_writer& json, const char* name, const std::string& text) {
  json.Key(name);
  json.String(text);
}

void member(json_writer& json, const char* name, registry::byte_count bytes) {
  json.Key(name);
  json.Uint64(bytes);
}

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

registry::byte_count bytes_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || !found->value.IsUint64() ? 0 : found->value.GetUint64();
}

double number_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || !found->value.IsNumber() ? 0 : found->value.GetDouble();
}

}  // namespace

std::string to_json(const load_plan& plan) {
  rapidjson::StringBuffer buffer;
  json_writer json{buffer};
  json.SetMaxDecimalPlaces(3);
  json.StartObject();
  member(json, "role", plan.role);
  member(json, "decision", plan.decision);
  member(json, "verdict", plan.verdict);
  member(json, "needed_bytes", plan.needed_bytes);
  member(json, "held_bytes", plan.held_bytes);
  member(json, "free_bytes", plan.free_bytes);
  json.Key("victims");
  json.StartArray();
  for (const auto& v : plan.victims) {
    json.StartObject();
    member(json, "instance", v.instance);
    json.Key("idle_seconds");
    json.Double(v.idle_seconds);
    member(json, "freed_bytes", v.freed_bytes);
    member(json, "reason", v.reason);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::optional<load_plan> read_load_plan(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember("decision"))
    return std::nullopt;
  load_plan plan{.role = text_of(document, "role"),
                 .decision = text_of(document, "decision"),
                 .verdict = text_of(document, "verdict"),
                 .needed_bytes = bytes_of(document, "needed_bytes"),
                 .held_bytes = bytes_of(document, "held_bytes"),
                 .free_bytes = bytes_of(document, "free_bytes"),
                 .victims = {}};
  const auto victims = document.FindMember("victims");
  if (victims == document.MemberEnd() || !victims->value.IsArray()) return plan;
  for (const auto& v : victims->value.GetArray())
    if (v.IsObject())
      plan.victims.push_back({.instance = text_of(v, "instance"),
                              .idle_seconds = number_of(v, "idle_seconds"),
                              .freed_bytes = bytes_of(v, "freed_bytes"),
                              .reason = text_of(v, "reason")});
  return plan;
}

}  // namespace rolecall::admin
