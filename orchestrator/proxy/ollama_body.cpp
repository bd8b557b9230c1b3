#include "orchestrator/proxy/ollama_body.hpp"

#include <rapidjson/error/en.h>

namespace rolecall::proxy {

using rapidjson::Value;

namespace {

// Values are written again by recursion. Schemas of tools need a dozen levels.
constexpr unsigned deepest_nesting = 200;

bool is_too_deep(const Value& value, unsigned levels_left) {
  if (!value.IsObject() && !value.IsArray()) return false;
  if (levels_left == 0) return true;
  if (value.IsArray()) {
    for (const auto& entry : value.GetArray())
      if (is_too_deep(entry, levels_left - 1)) return true;
  } else {
    for (const auto& entry : value.GetObject())
      if (is_too_deep(entry.value, levels_left - 1)) return true;
  }
  return false;
}

error_response unreadable(std::string_view code, std::string_view reason) {
  return {.status = 400,
          .code = code,
          .message = "cannot read the request's JSON body: " + std::string{reason}};
}

}  // namespace

std::optional<error_response> parse_in_place(std::string& body, rapidjson::Document& document) {
  // Iterative: nesting costs heap, not stack.
  constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                             rapidjson::kParseFullPrecisionFlag;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const auto skipped = body.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  // The reader takes a NUL byte for the end.
  if (const auto nul = body.find('\0'); nul != std::string::npos)
    return unreadable(error_code_words::malformed_json,
                      "a NUL byte (offset " + std::to_string(nul) + ")");
  rapidjson::InsituStringStream stream(body.data() + skipped);
  document.ParseStream<flags>(stream);
  if (document.HasParseError())
    return unreadable(error_code_words::malformed_json,
                      std::string{rapidjson::GetParseError_En(document.GetParseError())} +
                          " (offset " + std::to_string(skipped + document.GetErrorOffset()) + ")");
  if (!document.IsObject())
    return unreadable(error_code_words::bad_request, "it must be an object");
  if (is_too_deep(document, deepest_nesting))
    return unreadable(error_code_words::bad_request,
                      "more than " + std::to_string(deepest_nesting) + " levels of nesting");
  return std::nullopt;
}

const Value* find_member(const Value& object, const char* name) noexcept {
  if (!object.IsObject()) return nullptr;
  const std::string_view wanted = name;
  for (auto entry = object.MemberEnd(); entry != object.MemberBegin();) {
    --entry;
    if (text_of(entry->name) == wanted) return entry->value.IsNull() ? nullptr : &entry->value;
  }
  return nullptr;
}

std::string_view text_of(const Value& text) noexcept {
  return text.IsString() ? std::string_view{text.GetString(), text.GetStringLength()}
                         : std::string_view{};
}

const Value* ollama_body::checked(const Value* value, bool fits, const char* name,
                                  std::string_view type) {
  if (fits) return value;
  refuse("\"" + std::string{name} + "\" must be " + std::string{type});
  return nullptr;
}

const Value* ollama_body::boolean(const char* name) {
  const auto* value = find(name);
  return checked(value, value == nullptr || value->IsBool(), name, "true or false");
}

const Value* ollama_body::number(const char* name) { return number_in(asked_, name); }

const Value* ollama_body::number_in(const Value& object, const char* name) {
  const auto* value = find_member(object, name);
  return checked(value, value == nullptr || value->IsNumber(), name, "a number");
}

const Value* ollama_body::object(const char* name) {
  const auto* value = find(name);
  return checked(value, value == nullptr || value->IsObject(), name, "an object");
}

std::string_view ollama_body::text_in(const Value& object, const char* name) {
  const auto* value = find_member(object, name);
  value = checked(value, value == nullptr || value->IsString(), name, "a string");
  return value == nullptr ? std::string_view{} : text_of(*value);
}

void ollama_body::refuse(std::string reason) {
  refuse(error_response{.status = 400,
                        .code = error_code_words::bad_request,
                        .message = "cannot take the request: " + std::move(reason)});
}

void ollama_body::refuse(error_response why) {
  if (!fault_) fault_ = std::move(why);
}

void body_writer::plain_text(std::string_view prefix, std::string_view rest) {
  // The writer puts what belongs before the value; the rest goes past it in one piece.
  const auto opened = "\"" + std::string{prefix};
  writer_.RawValue(opened.data(), opened.size(), rapidjson::kStringType);
  sink_.text.append(rest).push_back('"');
}

}  // namespace rolecall::proxy
