#include "orchestrator/proxy/ollama_answer.hpp"

#include "orchestrator/proxy/text_sink.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <rapidjson/document.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
// Of parallel calls; indices come from outside.
constexpr std::size_t most_calls = 256;

const Value* member(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string_view text_of(const Value* value) {
  return value != nullptr && value->IsString()
             ? std::string_view{value->GetString(), value->GetStringLength()}
             : std::string_view{};
}

std::uint64_t count_of(const Value& object, const char* name) {
  const auto* value = member(object, name);
  return value != nullptr && value->IsUint64() ? value->GetUint64() : 0;
}

double number_of(const Value& object, const char* name) {
  const auto* value = member(object, name);
  return value != nullptr && value->IsNumber() ? value->GetDouble() : 0;
}

const Value* first_choice(const Value& answer) {
  const auto* choices = member(answer, "choices");
  return choices != nullptr && choices->IsArray() && !choices->Empty() ? &(*choices)[0] : nullptr;
}

// llama-server's error, or what else an upstream sent with its status.
std::string error_text(std::string_view body, unsigned status) {
  Document answer;
  answer.Parse<parse_flags>(body.data(), body.size());
  if (!answer.HasParseError()) {
    if (const auto* error = member(answer, "error")) {
      if (error->IsString()) return std::string{text_of(error)};
      if (const auto text = text_of(member(*error, "message")); !text.empty())
        return std::string{text};
    }
  }
  return "the llama-server answered with status " + std::to_string(status);
}

// Ollama has no word of its own for calls of tools.
std::string_view reason_of(std::string_view engine) {
  return engine == "length" || engine == "limit" ? "length" : "stop";
}

// One input's vector; its numbers stand as the upstream wrote them.
void append_vector(rapidjson::Writer<text_sink>& writer, const Value& entry) {
  writer.StartArray();
  if (const auto* vector = member(entry, "embedding"); vector != nullptr && vector->IsArray())
    for (const auto& number : vector->GetArray()) {
      const auto text = text_of(&number);
      writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
    }
  writer.EndArray();
}

// False: no list of embeddings.
bool append_embeddings(std::string_view body, const ollama_voice& voice, std::string& out) {
  Document answer;
  answer.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(body.data(),
                                                                                       body.size());
  const auto* entries = answer.HasParseError() ? nullptr : member(answer, "data");
  if (entries == nullptr || !entries->IsArray()) return false;
  text_sink sink{out};
  rapidjson::Writer<text_sink> writer(sink);
  const auto key = [&writer](std::string_view name) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  };
  writer.StartObject();
  if (voice.call == ollama_call::embeddings) {
    key("embedding");
    const Value none;
    append_vector(writer, entries->Empty() ? none : (*entries)[0]);
    writer.EndObject();
    return true;
  }
  key("model");
  writer.String(voice.model.data(), static_cast<rapidjson::SizeType>(voice.model.size()));
  key("embeddings");
  writer.StartArray();
  for (const auto& entry : entries->GetArray()) append_vector(writer, entry);
  writer.EndArray();
  key("total_duration");
  writer.Int64(std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(voice.now() - voice.asked).count(), 0));
  key("load_duration");
  writer.Int64(0);
  key("prompt_eval_count");
  const auto* usage = member(answer, "usage");
  const auto tokens =
      usage == nullptr ? std::string_view{} : text_of(member(*usage, "prompt_tokens"));
  if (tokens.empty())
    writer.Int(0);
  else
    writer.RawValue(tokens.data(), tokens.size(), rapidjson::kNumberType);
  writer.EndObject();
  return true;
}

}  // namespace

ollama_answer::ollama_answer(origin from, ollama_voice voice, bool streamed)
    : from_(from), voice_(std::move(voice)), streamed_(streamed) {}

void ollama_answer::begin(unsigned status, std::string_view content_type) {
  constexpr std::string_view stream = "text/event-stream";
  status_ = status;
  events_ = status == 200 && (from_ == origin::chat || from_ == origin::completion) &&
            boost::beast::iequals(content_type.substr(0, stream.size()), stream);
}

std::string_view ollama_answer::content_type() const noexcept {
  return streamed_ && status_ == 200 ? "application/x-ndjson" : "application/json; charset=utf-8";
}

void ollama_answer::feed(std::string_view piece, std::string& out) {
  if (!events_)
    body_.append(piece);
  else if (!failed_)
    splitter_.feed(piece, [&](std::string_view text) { take_event(text, out); });
}

void ollama_answer::finish(std::string& out) {
  if (events_)
    end_stream(out);
  else if (status_ == 200)
    write_whole(out);
  else
    append_error(out, error_text(body_, status_));
}

void ollama_answer::break_off(const error_response& why, std::string& out) {
  if (failed_) return;
  failed_ = true;
  append_error(out, why.message);
  out.push_back('\n');
}

void ollama_answer::take_event(std::string_view text, std::string& out) {
  if (failed_ || text == "[DONE]") return;
  Document chunk;
  chunk.Parse<parse_flags>(text.data(), text.size());
  if (chunk.HasParseError() || !chunk.IsObject())
    return break_off({.message = "cannot read an event of the llama-server's answer"}, out);
  if (member(chunk, "error") != nullptr)
    return break_off({.message = error_text(text, status_)}, out);
  take_chunk(chunk, out);
}

void ollama_answer::take_chunk(const Value& chunk, std::string& out) {
  if (from_ == origin::completion) {
    if (const auto text = text_of(member(chunk, "content")); !text.empty()) {
      append_turn(out, voice_, {.text = text});
      out.push_back('\n');
    }
  } else if (const auto* choice = first_choice(chunk)) {
    if (const auto* delta = member(*choice, "delta")) take_delta(*delta, out);
  }
  take_ending(chunk);
}

void ollama_answer::take_delta(const Value& delta, std::string& out) {
  const ollama_turn turn{.text = text_of(member(delta, "content")),
                         .thinking = text_of(member(delta, "reasoning_content"))};
  if (!turn.text.empty() || !turn.thinking.empty()) {
    append_turn(out, voice_, turn);
    out.push_back('\n');
  }
  if (const auto* calls = member(delta, "tool_calls")) take_tool_calls(*calls);
}

// Whole calls have no index; pieces of calls name the call they belong to.
void ollama_answer::take_tool_calls(const Value& calls) {
  if (!calls.IsArray()) return;
  for (const auto& piece : calls.GetArray()) {
    const auto* index = member(piece, "index");
    const std::size_t at = index != nullptr && index->IsUint() ? index->GetUint() : calls_.size();
    if (at >= most_calls) continue;
    if (at >= calls_.size()) calls_.resize(at + 1);
    auto& call = calls_[at];
    if (const auto id = text_of(member(piece, "id")); !id.empty()) call.id = id;
    const auto* function = member(piece, "function");
    if (function == nullptr) continue;
    call.name.append(text_of(member(*function, "name")));
    call.arguments.append(text_of(member(*function, "arguments")));
  }
}

// Reason and figures may come in different chunks.
void ollama_answer::take_ending(const Value& chunk) {
  std::string_view reason;
  if (from_ == origin::completion) {
    const auto* stop = member(chunk, "stop");
    if (stop != nullptr && stop->IsTrue()) {
      const auto type = text_of(member(chunk, "stop_type"));
      reason = type.empty() ? "stop" : type;
    }
  } else if (const auto* choice = first_choice(chunk)) {
    reason = text_of(member(*choice, "finish_reason"));
  }
  if (!reason.empty()) {
    ended_ = true;
    ending_.reason = reason_of(reason);
  }
  if (const auto* timings = member(chunk, "timings"); timings != nullptr && timings->IsObject()) {
    ending_.prompt_tokens = count_of(*timings, "cache_n") + count_of(*timings, "prompt_n");
    ending_.prompt_milliseconds = number_of(*timings, "prompt_ms");
    ending_.answer_tokens = count_of(*timings, "predicted_n");
    ending_.answer_milliseconds = number_of(*timings, "predicted_ms");
  }
}

void ollama_answer::end_stream(std::string& out) {
  if (failed_) return;
  if (!ended_)
    return break_off({.message = "the answer is incomplete: the llama-server ended it early"}, out);
  if (!calls_.empty()) {
    append_turn(out, voice_, {.calls = calls_});
    out.push_back('\n');
  }
  append_turn(out, voice_, {.ending = &ending_});
  out.push_back('\n');
}

void ollama_answer::write_whole(std::string& out) {
  constexpr std::string_view unreadable = "cannot read the llama-server's answer";
  const bool embeds = voice_.call == ollama_call::embed || voice_.call == ollama_call::embeddings;
  if (embeds) {
    if (from_ == origin::load) body_ = R"({"data":[]})";
    if (!append_embeddings(body_, voice_, out)) append_error(out, unreadable);
  } else if (from_ == origin::load) {
    ending_.reason = "load";
    append_turn(out, voice_, {.ending = &ending_});
  } else {
    Document answer;
    answer.Parse<parse_flags>(body_.data(), body_.size());
    if (!answer.HasParseError() && answer.IsObject())
      write_message(answer, out);
    else
      append_error(out, unreadable);
  }
  if (streamed_) out.push_back('\n');
}

void ollama_answer::write_message(const Value& answer, std::string& out) {
  ollama_turn turn;
  take_ending(answer);
  if (from_ == origin::completion) {
    turn.text = text_of(member(answer, "content"));
  } else if (const auto* choice = first_choice(answer)) {
    if (const auto* message = member(*choice, "message")) {
      turn.text = text_of(member(*message, "content"));
      turn.thinking = text_of(member(*message, "reasoning_content"));
      if (const auto* calls = member(*message, "tool_calls")) take_tool_calls(*calls);
    }
  }
  turn.calls = calls_;
  turn.ending = &ending_;
  append_turn(out, voice_, turn);
}

}  // namespace rolecall::proxy
