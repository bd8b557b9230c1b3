#include "orchestrator/supervision/instance_record.hpp"

#include <algorithm>
#include <limits>

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace rolecall::supervision {
namespace {

constexpr std::uint64_t format_version = 1;

using writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;
using rapidjson::Value;

void member(writer& out, const char* name, const std::string& text) {
  out.Key(name);
  out.String(text);
}

void member(writer& out, const char* name, std::uint64_t number) {
  out.Key(name);
  out.Uint64(number);
}

void member(writer& out, const char* name, int number) {
  member(out, name, static_cast<std::uint64_t>(std::max(number, 0)));
}

void write_served(writer& out, const served_model& served) {
  out.Key("served");
  out.StartObject();
  if (served.path) member(out, "model", *served.path);
  if (served.slots) member(out, "slots", *served.slots);
  if (served.context) member(out, "context", *served.context);
  out.EndObject();
}

/// nullptr when there is none of this type.
const Value* find(const Value& object, const char* name, rapidjson::Type type) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || found->value.GetType() != type ? nullptr : &found->value;
}

std::optional<std::string> text_in(const Value& value) {
  if (!value.IsString()) return std::nullopt;
  return std::string{value.GetString(), value.GetStringLength()};
}

std::optional<std::string> text_of(const Value& object, const char* name) {
  const auto* found = find(object, name, rapidjson::kStringType);
  return found == nullptr ? std::nullopt : text_in(*found);
}

template <class Number>
std::optional<Number> number_of(const Value& object, const char* name) {
  const auto* found = find(object, name, rapidjson::kNumberType);
  if (found == nullptr || !found->IsUint64() ||
      found->GetUint64() > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
    return std::nullopt;
  return static_cast<Number>(found->GetUint64());
}

served_model served_in(const Value& record) {
  const auto* served = find(record, "served", rapidjson::kObjectType);
  if (served == nullptr) return {};
  return {.path = text_of(*served, "model"),
          .slots = number_of<int>(*served, "slots"),
          .context = number_of<int>(*served, "context")};
}

/// False when one of the words is no text.
bool read_argv(const Value& record, std::vector<std::string>& argv) {
  const auto* words = find(record, "argv", rapidjson::kArrayType);
  if (words == nullptr) return false;
  for (const auto& word : words->GetArray()) {
    const auto text = text_in(word);
    if (!text) return false;
    argv.push_back(*text);
  }
  return !argv.empty();
}

void read_environment(const Value& record, std::map<std::string, std::string>& environment) {
  const auto* variables = find(record, "environment", rapidjson::kObjectType);
  if (variables == nullptr) return;
  for (const auto& variable : variables->GetObject())
    if (const auto value = text_in(variable.value))
      environment[std::string{variable.name.GetString(), variable.name.GetStringLength()}] = *value;
}

/// What an older or newer version may leave out.
void read_optional(const Value& record, instance_record& into) {
  into.role = text_of(record, "role").value_or("");
  into.generation = number_of<int>(record, "generation").value_or(1);
  into.model = text_of(record, "model").value_or("");
  into.slots = number_of<int>(record, "slots").value_or(0);
  into.served = served_in(record);
  into.log = text_of(record, "log").value_or("");
  into.started_at = number_of<std::int64_t>(record, "started_at").value_or(0);
  into.crashes = number_of<int>(record, "crashes").value_or(0);
  into.restarts = number_of<int>(record, "restarts").value_or(0);
  into.stopping = find(record, "stopping", rapidjson::kTrueType) != nullptr;
  read_environment(record, into.environment);
}

}  // namespace

std::string to_json(const instance_record& record) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  member(out, "format", format_version);
  member(out, "instance", record.instance);
  member(out, "role", record.role);
  member(out, "generation", record.generation);
  out.Key("process");
  out.StartObject();
  member(out, "boot_id", record.process.boot_id);
  member(out, "pid", record.process.pid);
  member(out, "start_time", record.process.start_time);
  out.EndObject();
  out.Key("argv");
  out.StartArray();
  for (const auto& word : record.argv) out.String(word);
  out.EndArray();
  out.Key("environment");
  out.StartObject();
  for (const auto& [name, value] : record.environment) member(out, name.c_str(), value);
  out.EndObject();
  member(out, "port", static_cast<std::uint64_t>(record.port));
  member(out, "model", record.model.string());
  member(out, "slots", record.slots);
  write_served(out, record.served);
  member(out, "log", record.log.string());
  member(out, "started_at",
         static_cast<std::uint64_t>(std::max<std::int64_t>(record.started_at, 0)));
  member(out, "crashes", record.crashes);
  member(out, "restarts", record.restarts);
  out.Key("stopping");
  out.Bool(record.stopping);
  out.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + '\n';
}

boost::system::result<instance_record, std::string> parse_instance_record(std::string_view json) {
  const auto refused = [](const char* why) {
    return boost::system::result<instance_record, std::string>{boost::system::in_place_error, why};
  };
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return refused("it is no JSON object");
  const auto format = number_of<std::uint64_t>(document, "format");
  if (!format) return refused("it has no format");
  if (*format != format_version) return refused("its format is not known to this rolecalld");
  instance_record record;
  const auto instance = text_of(document, "instance");
  if (!instance || instance->empty()) return refused("it names no instance");
  record.instance = *instance;
  const auto* process = find(document, "process", rapidjson::kObjectType);
  if (process == nullptr) return refused("it names no process");
  const auto boot_id = text_of(*process, "boot_id");
  const auto pid = number_of<int>(*process, "pid");
  const auto start_time = number_of<std::uint64_t>(*process, "start_time");
  if (!boot_id || boot_id->empty() || !pid || !start_time)
    return refused("its process is not fully named");
  record.process = {*boot_id, *pid, *start_time};
  if (!read_argv(document, record.argv)) return refused("it has no command line");
  const auto port = number_of<std::uint16_t>(document, "port");
  if (!port || *port == 0) return refused("it names no port");
  record.port = *port;
  read_optional(document, record);
  return record;
}

}  // namespace rolecall::supervision
