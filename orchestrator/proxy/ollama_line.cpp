#include "orchestrator/proxy/ollama_line.hpp"

#include "orchestrator/proxy/text_sink.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {
namespace {

using std::chrono::nanoseconds;

class line_writer {
 public:
  explicit line_writer(std::string& out) : sink_{out}, writer_(sink_) {}

  void member(std::string_view name, std::string_view value) {
    key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void member(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void member(std::string_view name, nanoseconds value) {
    key(name);
    writer_.Int64(std::max<std::int64_t>(value.count(), 0));
  }
  void flag(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
  }
  void key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void value(const rapidjson::Value& value) { value.Accept(writer_); }

 private:
  text_sink sink_;
  rapidjson::Writer<text_sink> writer_;
};

nanoseconds from_milliseconds(double count) {
  constexpr double a_month = 30 * 24 * 3600 * 1e3;
  return nanoseconds{static_cast<std::int64_t>(std::clamp(count, 0.0, a_month) * 1e6)};
}

void write_calls(line_writer& writer, std::span<const ollama_tool_call> calls) {
  writer.key("tool_calls");
  writer.begin_array();
  for (const auto& call : calls) {
    // What a generation cut short leaves of a call can be no object.
    rapidjson::Document arguments;
    arguments.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(
        call.arguments.data(), call.arguments.size());
    if (arguments.HasParseError() || !arguments.IsObject()) continue;
    writer.begin_object();
    if (!call.id.empty()) writer.member("id", call.id);
    writer.key("function");
    writer.begin_object();
    writer.member("name", call.name);
    writer.key("arguments");
    writer.value(arguments);
    writer.end_object();
    writer.end_object();
  }
  writer.end_array();
}

void write_message(line_writer& writer, const ollama_turn& turn) {
  writer.key("message");
  writer.begin_object();
  writer.member("role", "assistant");
  writer.member("content", turn.text);
  if (!turn.thinking.empty()) writer.member("thinking", turn.thinking);
  if (!turn.calls.empty()) write_calls(writer, turn.calls);
  writer.end_object();
}

void write_ending(line_writer& writer, const ollama_voice& voice, const ollama_ending& ending,
                  std::chrono::system_clock::time_point now) {
  const auto total = std::chrono::duration_cast<nanoseconds>(now - voice.asked);
  const auto prompt = from_milliseconds(ending.prompt_milliseconds);
  const auto answer = from_milliseconds(ending.answer_milliseconds);
  writer.member("done_reason", ending.reason);
  writer.member("total_duration", total);
  // Whatever passed before the model worked: the queue, and the load of a role that was not ready.
  writer.member("load_duration", total - prompt - answer);
  if (ending.reason == "load") return;
  writer.member("prompt_eval_count", ending.prompt_tokens);
  writer.member("prompt_eval_duration", prompt);
  writer.member("eval_count", ending.answer_tokens);
  writer.member("eval_duration", answer);
}

}  // namespace

void append_turn(std::string& out, const ollama_voice& voice, const ollama_turn& turn) {
  const auto now = voice.now();
  line_writer writer(out);
  writer.begin_object();
  writer.member("model", voice.model);
  writer.member("created_at", timestamp(now));
  if (voice.call == ollama_call::chat) {
    write_message(writer, turn);
  } else {
    writer.member("response", turn.text);
    if (!turn.thinking.empty()) writer.member("thinking", turn.thinking);
  }
  writer.flag("done", turn.ending != nullptr);
  if (turn.ending != nullptr) write_ending(writer, voice, *turn.ending, now);
  writer.end_object();
}

void append_error(std::string& out, std::string_view message) {
  line_writer writer(out);
  writer.begin_object();
  writer.member("error", message);
  writer.end_object();
}

std::string timestamp(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(when);
  const auto micros = duration_cast<microseconds>(when - whole).count();
  const std::time_t since_epoch = system_clock::to_time_t(whole);
  std::tm utc{};
  ::gmtime_r(&since_epoch, &utc);
  std::array<char, 40> text{};
  auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  size += static_cast<std::size_t>(
      std::snprintf(text.data() + size, text.size() - size, ".%06ldZ", static_cast<long>(micros)));
  return {text.data(), size};
}

}  // namespace rolecall::proxy
