#include "tools/rolectl/chat_stream.hpp"

#include <array>
#include <cstdio>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::rolectl {
namespace {

using rapidjson::Value;

const Value* find(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() ? nullptr : &member->value;
}

std::string text_at(const Value& object, const char* name) {
  const auto* value = find(object, name);
  return value != nullptr && value->IsString()
             ? std::string{value->GetString(), value->GetStringLength()}
             : std::string{};
}

double number_at(const Value& object, const char* name) {
  const auto* value = find(object, name);
  return value != nullptr && value->IsNumber() ? value->GetDouble() : 0;
}

int count_at(const Value& object, const char* name) {
  const auto* value = find(object, name);
  return value != nullptr && value->IsInt() ? value->GetInt() : 0;
}

chat_timings read_timings(const Value& object) {
  return {count_at(object, "prompt_n"),    number_at(object, "prompt_per_second"),
          count_at(object, "predicted_n"), number_at(object, "predicted_per_second"),
          count_at(object, "draft_n"),     count_at(object, "draft_n_accepted")};
}

std::string rate_words(double per_second) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f/s", per_second);
  return text.data();
}

}  // namespace

chat_step read_chat_step(const sse_event& event) {
  chat_step step;
  if (event.data == "[DONE]") {
    step.finished = true;
    return step;
  }
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(event.data.data(), event.data.size());
  if (document.HasParseError()) {
    step.error = "the stream holds something that is no JSON";
    return step;
  }
  if (const auto* error = find(document, "error")) {
    const auto message = text_at(*error, "message");
    step.error = message.empty() ? event.data : message;
    return step;
  }
  if (const auto* timings = find(document, "timings")) step.timings = read_timings(*timings);
  const auto* choices = find(document, "choices");
  if (choices == nullptr || !choices->IsArray() || choices->Empty()) return step;
  const auto& choice = (*choices)[0];
  if (const auto* delta = find(choice, "delta")) {
    step.text = text_at(*delta, "content");
    step.reasoning = text_at(*delta, "reasoning_content");
  }
  step.finished = !text_at(choice, "finish_reason").empty();
  return step;
}

std::string chat_request(std::string_view role, std::string_view message, int most_tokens) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json{buffer};
  const auto text = [&json](const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  text("model", role);
  json.Key("messages");
  json.StartArray();
  json.StartObject();
  text("role", "user");
  text("content", message);
  json.EndObject();
  json.EndArray();
  json.Key("stream");
  json.Bool(true);
  if (most_tokens > 0) {
    json.Key("max_tokens");
    json.Int(most_tokens);
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string timing_words(const chat_timings& timings) {
  std::string words = std::to_string(timings.answer_tokens) + " tokens at " +
                      rate_words(timings.answer_per_second) + ", prompt " +
                      std::to_string(timings.prompt_tokens) + " tokens at " +
                      rate_words(timings.prompt_per_second);
  if (timings.drafted > 0)
    words += ", " + std::to_string(timings.accepted) + " of " + std::to_string(timings.drafted) +
             " drafted tokens accepted";
  return words;
}

}  // namespace rolecall::rolectl
