#include "tools/rolectl/request_reader.hpp"

#include <rapidjson/document.h>

namespace rolecall::rolectl {
namespace {

using rapidjson::Value;

constexpr std::size_t prompt_phase = 4;
constexpr std::size_t generate_phase = 5;

const Value* member(const Value& object, std::string_view name) {
  const auto found =
      object.FindMember(Value{name.data(), static_cast<rapidjson::SizeType>(name.size())});
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string text(const Value& object, std::string_view name) {
  const auto* value = member(object, name);
  return value != nullptr && value->IsString() ? value->GetString() : std::string{};
}

std::optional<double> number(const Value& object, std::string_view name) {
  const auto* value = member(object, name);
  return value != nullptr && value->IsNumber() ? std::optional{value->GetDouble()} : std::nullopt;
}

std::optional<std::uint64_t> count(const Value& object, std::string_view name) {
  const auto* value = member(object, name);
  return value != nullptr && value->IsUint64() ? std::optional{value->GetUint64()} : std::nullopt;
}

request_record read_one(const Value& object) {
  request_record request;
  request.id = text(object, "id");
  request.trace_id = text(object, "trace_id");
  request.arrived = static_cast<std::int64_t>(count(object, "arrived").value_or(0));
  request.role = text(object, "role");
  request.instance = text(object, "instance");
  request.route = text(object, "route");
  request.status = static_cast<unsigned>(count(object, "status").value_or(0));
  request.outcome = text(object, "outcome");
  request.priority = text(object, "priority");
  request.key = text(object, "key");
  request.total_seconds = number(object, "total_seconds").value_or(0);
  if (const auto* phases = member(object, "phases"); phases != nullptr && phases->IsObject())
    for (std::size_t i = 0; i < request_phases.size(); ++i)
      request.phases[i] = number(*phases, request_phases[i]);
  if (const auto* evicted = member(object, "evicted"); evicted != nullptr && evicted->IsArray())
    for (const auto& role : evicted->GetArray())
      if (role.IsString()) request.evicted.emplace_back(role.GetString());
  request.tokens_in = count(object, "tokens_in");
  request.tokens_in_cached = count(object, "tokens_in_cached");
  request.tokens_out = count(object, "tokens_out");
  request.bytes_in = count(object, "bytes_in").value_or(0);
  request.bytes_out = count(object, "bytes_out").value_or(0);
  request.retries = static_cast<unsigned>(count(object, "retries").value_or(0));
  return request;
}

std::optional<double> speed(std::optional<std::uint64_t> tokens, std::optional<double> seconds) {
  if (!tokens || *tokens == 0 || !seconds || *seconds <= 0) return std::nullopt;
  return static_cast<double>(*tokens) / *seconds;
}

}  // namespace

std::optional<std::vector<request_record>> read_requests(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  const auto* list = member(document, "requests");
  if (list == nullptr || !list->IsArray()) return std::nullopt;
  std::vector<request_record> requests;
  for (const auto& each : list->GetArray())
    if (each.IsObject()) requests.push_back(read_one(each));
  return requests;
}

std::optional<double> generation_speed(const request_record& request) {
  return speed(request.tokens_out, request.phases[generate_phase]);
}

std::optional<double> prompt_speed(const request_record& request) {
  if (!request.tokens_in) return std::nullopt;
  const auto cached = request.tokens_in_cached.value_or(0);
  const auto fresh = cached < *request.tokens_in ? *request.tokens_in - cached : 0;
  return speed(fresh, request.phases[prompt_phase]);
}

}  // namespace rolecall::rolectl
