#include "tests/integration/fake_llama_server/answers.hpp"

#include <algorithm>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <unistd.h>

namespace rolecall::fake {
namespace {

std::string quote(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return buffer.GetString();
}

std::string identity(const inference& asked, const options& o) {
  return R"("fake":{"pid":)" + std::to_string(::getpid()) + R"(,"alias":)" + quote(o.alias) +
         R"(,"nonce":)" + std::to_string(asked.nonce) + "}";
}

std::string timings(const options& o) {
  return R"("timings":{"cache_n":0,"prompt_n":1,"predicted_n":)" + std::to_string(o.chunks) +
         R"(,"draft_n":0,"draft_n_accepted":0})";
}

bool is_chat(std::string_view path) { return path.ends_with("/chat/completions"); }

std::string string_of(const rapidjson::Value& value) {
  return value.IsString() ? std::string{value.GetString(), value.GetStringLength()} : std::string{};
}

std::string last_user_message(const rapidjson::Value& messages) {
  std::string last;
  if (!messages.IsArray()) return last;
  for (const auto& message : messages.GetArray())
    if (message.IsObject() && message.HasMember("content") && message.HasMember("role") &&
        string_of(message["role"]) == "user")
      last = string_of(message["content"]);
  return last;
}

std::string embeddings_body(const inference& asked, const options& o) {
  std::string entries;
  for (std::size_t i = 0; i < asked.inputs; ++i)
    entries += (i > 0 ? "," : "") +
               std::string{R"({"object":"embedding","embedding":[0.6,0.0,0.8],"index":)"} +
               std::to_string(i) + "}";
  return R"({"object":"list","model":)" + quote(o.alias) + R"(,"data":[)" + entries + "]," +
         identity(asked, o) + "}";
}

std::string tokens_body(const inference& asked) {
  std::string tokens;
  for (const char c : asked.text)
    tokens += (tokens.empty() ? "" : ",") + std::to_string(static_cast<unsigned char>(c));
  return R"({"tokens":[)" + tokens + "]}";
}

std::string slots_body(const server_state& state, const options& o) {
  std::string slots;
  for (int i = 0; i < o.slots; ++i)
    slots += (i > 0 ? "," : "") + std::string{R"({"id":)"} + std::to_string(i) + R"(,"n_ctx":)" +
             std::to_string(o.context / o.slots) + R"(,"is_processing":)" +
             (static_cast<std::uint64_t>(i) < state.running ? "true}" : "false}");
  return "[" + slots + "]";
}

std::string metrics_body(const server_state& state, const options& o) {
  const auto chunks = static_cast<std::uint64_t>(std::max(o.chunks, 0));
  std::string text;
  const auto tell = [&text](const char* name, std::uint64_t value) {
    text += std::string{"llamacpp:"} + name + " " + std::to_string(value) + "\n";
  };
  tell("prompt_tokens_total", state.answered);
  tell("tokens_predicted_total", state.answered * chunks);
  tell("n_decode_total", state.answered * chunks);
  tell("requests_processing", state.running);
  tell("requests_deferred", 0);
  return text;
}

}  // namespace

inference parse_inference(std::string_view body, std::uint64_t nonce) {
  inference asked{.text = {}, .inputs = 1, .stream = false, .nonce = nonce};
  rapidjson::Document d;
  d.Parse(body.data(), body.size());
  if (d.HasParseError() || !d.IsObject()) return asked;
  asked.stream = d.HasMember("stream") && d["stream"].IsTrue();
  for (const char* key : {"prompt", "input", "content"})
    if (const auto found = d.FindMember(key); found != d.MemberEnd()) {
      asked.text = string_of(found->value);
      if (found->value.IsArray()) asked.inputs = found->value.Size();
    }
  if (d.HasMember("messages")) asked.text = last_user_message(d["messages"]);
  return asked;
}

std::string error_body(unsigned status, std::string_view message, std::string_view type) {
  return R"({"error":{"code":)" + std::to_string(status) + R"(,"message":)" + quote(message) +
         R"(,"type":)" + quote(type) + "}}";
}

std::string state_body(const server_state& state, const options& o) {
  std::string headers;
  for (const auto& [name, value] : state.last_headers)
    headers += (headers.empty() ? "" : ",") + quote(name) + ":" + quote(value);
  return R"({"pid":)" + std::to_string(::getpid()) + R"(,"alias":)" + quote(o.alias) +
         R"(,"posts":)" + std::to_string(state.posts) + R"(,"connections":)" +
         std::to_string(state.connections) + R"(,"open_connections":)" +
         std::to_string(state.open_connections) + R"(,"running":)" + std::to_string(state.running) +
         R"(,"cancelled":)" + std::to_string(state.cancelled) + R"(,"last_headers":{)" + headers +
         "}}";
}

std::string get_body(std::string_view path, const server_state& state, const options& o) {
  if (path == "/health" || path == "/v1/health") return R"({"status":"ok"})";
  if (path == "/props")
    return R"({"total_slots":)" + std::to_string(o.slots) + R"(,"model_alias":)" + quote(o.alias) +
           R"(,"model_path":)" + quote(o.model) + R"(,"default_generation_settings":{"n_ctx":)" +
           std::to_string(o.context / o.slots) + "}}";
  if (path == "/models" || path == "/v1/models")
    return R"({"object":"list","data":[{"object":"model","id":)" + quote(o.alias) + "}]}";
  if (path == "/slots") return slots_body(state, o);
  if (path == "/metrics") return metrics_body(state, o);
  return {};
}

std::string post_body(std::string_view path, const inference& asked, const options& o) {
  if (path.ends_with("/embeddings") || path.ends_with("/embedding"))
    return embeddings_body(asked, o);
  if (path == "/tokenize") return tokens_body(asked);
  const auto tail = "," + timings(o) + "," + identity(asked, o) + "}";
  const auto head = R"({"model":)" + quote(o.alias);
  const auto content = quote(asked.text);
  if (is_chat(path))
    return head + R"(,"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",)" +
           R"("message":{"role":"assistant","content":)" + content + "}}]" + tail;
  if (path.ends_with("/completions"))
    return head +
           R"(,"object":"text_completion","choices":[{"index":0,"finish_reason":"stop","text":)" +
           content + "}]" + tail;
  if (path == "/completion" || path == "/infill") return head + R"(,"content":)" + content + tail;
  return {};
}

std::string stream_event(std::string_view path, const inference& asked, int index,
                         const options& o) {
  const bool last = index + 1 == o.chunks;
  const auto word = quote(index == 0 ? asked.text : " " + std::to_string(index));
  return R"(data: {"object":"chat.completion.chunk","model":)" + quote(o.alias) +
         R"(,"choices":[{"index":0,"finish_reason":)" + (last ? R"("stop",)" : "null,") +
         (is_chat(path) ? R"("delta":{"content":)" + word + "}" : R"("text":)" + word) + "}]," +
         (last ? timings(o) + "," : "") + identity(asked, o) + "}\n\n";
}

}  // namespace rolecall::fake
