#include "orchestrator/proxy/ollama_request.hpp"

#include "orchestrator/proxy/ollama_answer.hpp"
#include "orchestrator/proxy/ollama_body.hpp"
#include "orchestrator/proxy/ollama_messages.hpp"

#include <array>

namespace rolecall::proxy {
namespace {

using rapidjson::Value;

struct renamed_option {
  const char* ollama;
  std::string_view engine;
};

// Ollama's options that llama-server takes for one request (0.7.0). num_ctx, num_gpu, num_thread
// and the like belong to the process, whose registry decides them.
constexpr std::array<renamed_option, 14> number_options = {{
    {"temperature", "temperature"},
    {"top_p", "top_p"},
    {"top_k", "top_k"},
    {"min_p", "min_p"},
    {"typical_p", "typical_p"},
    {"repeat_last_n", "repeat_last_n"},
    {"repeat_penalty", "repeat_penalty"},
    {"presence_penalty", "presence_penalty"},
    {"frequency_penalty", "frequency_penalty"},
    {"mirostat", "mirostat"},
    {"mirostat_tau", "mirostat_tau"},
    {"mirostat_eta", "mirostat_eta"},
    {"seed", "seed"},
    {"num_keep", "n_keep"},
}};

// The simple form's own, beside the prompt.
constexpr std::array<const char*, 3> simple_options = {"temperature", "top_p", "top_k"};

class translator {
 public:
  translator(ollama_call call, const Value& asked, translated_request& result)
      : call_(call), body_(asked), writer_(result.body), result_(result) {}

  // Which route of llama-server is asked. `stream`: what the client wants.
  ollama_answer::origin write(bool stream);
  [[nodiscard]] bool wants_stream();
  [[nodiscard]] const std::optional<error_response>& fault() const { return body_.fault(); }

 private:
  ollama_answer::origin write_load();
  ollama_answer::origin write_embeddings();
  ollama_answer::origin write_chat(bool stream);
  ollama_answer::origin write_completion(bool stream);
  [[nodiscard]] bool asks_for_load() const;
  void write_options();
  void write_stops(const Value& options);
  void write_format(bool for_chat);
  void write_thinking();

  ollama_call call_;
  ollama_body body_;
  body_writer writer_;
  translated_request& result_;
};

// Ollama streams unless told otherwise. The simple form {"prompt", "max_tokens"} does not.
bool translator::wants_stream() {
  if (call_ == ollama_call::embed || call_ == ollama_call::embeddings) return false;
  const auto* stream = body_.boolean("stream");
  return stream != nullptr ? stream->GetBool() : body_.find("max_tokens") == nullptr;
}

ollama_answer::origin translator::write(bool stream) {
  if (asks_for_load()) return write_load();
  switch (call_) {
    case ollama_call::embed:
    case ollama_call::embeddings:
      return write_embeddings();
    case ollama_call::chat:
      return write_chat(stream);
    case ollama_call::generate:
      const auto* raw = body_.boolean("raw");
      const bool completes = (raw != nullptr && raw->GetBool()) || !body_.text("suffix").empty();
      return completes ? write_completion(stream) : write_chat(stream);
  }
  return write_load();
}

bool translator::asks_for_load() const {
  const auto is_empty = [this](const char* name) {
    const auto* value = body_.find(name);
    return value == nullptr || (value->IsString() && value->GetStringLength() == 0) ||
           (value->IsArray() && value->Empty());
  };
  switch (call_) {
    case ollama_call::embed:
      return is_empty("input");
    case ollama_call::embeddings:
      return is_empty("prompt");
    case ollama_call::chat:
      return is_empty("messages");
    case ollama_call::generate:
      return is_empty("prompt") && is_empty("messages") && is_empty("images") && is_empty("suffix");
  }
  return false;
}

ollama_answer::origin translator::write_load() {
  // "keep_alive": 0 without a prompt is Ollama's way to unload a model.
  const auto* keep = body_.find("keep_alive");
  const bool unloads =
      keep != nullptr && ((keep->IsNumber() && keep->GetDouble() == 0) ||
                          (keep->IsString() && (text_of(*keep) == "0" || text_of(*keep) == "0s")));
  if (unloads)
    body_.refuse({.status = 501,
                  .code = error_code_words::not_supported,
                  .message =
                      "cannot unload the model: roles are unloaded by the registry's rules or "
                      "by the operator (rolectl unload)"});
  result_.target = "/tokenize";
  writer_.begin_object();
  writer_.member("content", "");
  writer_.end_object();
  return ollama_answer::origin::load;
}

ollama_answer::origin translator::write_embeddings() {
  result_.target = "/v1/embeddings";
  writer_.begin_object();
  if (call_ == ollama_call::embeddings) {
    writer_.member("input", body_.text("prompt"));
  } else {
    const auto* input = body_.find("input");
    bool fits = input->IsString();
    if (input->IsArray()) {
      fits = true;
      for (const auto& text : input->GetArray()) fits = fits && text.IsString();
    }
    if (!fits) body_.refuse("\"input\" must be a string or a list of strings");
    writer_.copy("input", *input);
    if (const auto* dimensions = body_.number("dimensions"))
      writer_.copy("dimensions", *dimensions);
  }
  writer_.end_object();
  return ollama_answer::origin::embeddings;
}

ollama_answer::origin translator::write_chat(bool stream) {
  result_.target = "/v1/chat/completions";
  writer_.begin_object();
  writer_.key("messages");
  if (body_.find("messages") != nullptr)
    write_messages(body_, writer_);
  else
    write_prompt(body_, writer_);
  writer_.flag("stream", stream);
  for (const auto* name : {"tools", "tool_choice"})
    if (const auto* value = body_.find(name)) writer_.copy(name, *value);
  write_thinking();
  write_format(true);
  write_options();
  writer_.end_object();
  return ollama_answer::origin::chat;
}

ollama_answer::origin translator::write_completion(bool stream) {
  if (body_.find("images") != nullptr)
    body_.refuse("\"images\" need the role's chat template: leave out \"raw\" and \"suffix\"");
  writer_.begin_object();
  if (const auto suffix = body_.text("suffix"); !suffix.empty()) {
    result_.target = "/infill";
    writer_.member("input_prefix", body_.text("prompt"));
    writer_.member("input_suffix", suffix);
  } else {
    result_.target = "/completion";
    writer_.member("prompt", body_.text("prompt"));
  }
  writer_.flag("stream", stream);
  write_format(false);
  write_options();
  writer_.end_object();
  return ollama_answer::origin::completion;
}

void translator::write_options() {
  for (const auto* name : simple_options)
    if (const auto* value = body_.number(name)) writer_.copy(name, *value);
  const auto* limit = body_.number("max_tokens");
  if (const auto* options = body_.object("options")) {
    for (const auto& option : number_options)
      if (const auto* value = body_.number_in(*options, option.ollama))
        writer_.copy(option.engine, *value);
    if (const auto* value = body_.number_in(*options, "num_predict")) limit = value;
    write_stops(*options);
  }
  // Below 0 is Ollama's "no limit", which is llama-server's default.
  if (limit != nullptr && limit->GetDouble() >= 0) writer_.copy("n_predict", *limit);
}

void translator::write_stops(const Value& options) {
  const auto* stop = find_member(options, "stop");
  if (stop == nullptr) return;
  writer_.key("stop");
  writer_.begin_array();
  if (stop->IsString()) {
    writer_.text(text_of(*stop));
  } else if (stop->IsArray()) {
    for (const auto& text : stop->GetArray()) {
      if (!text.IsString()) body_.refuse("\"options.stop\" must be a list of strings");
      writer_.text(text_of(text));
    }
  } else {
    body_.refuse("\"options.stop\" must be a list of strings");
  }
  writer_.end_array();
}

void translator::write_format(bool for_chat) {
  const auto* format = body_.find("format");
  if (format == nullptr || (format->IsString() && text_of(*format).empty())) return;
  const bool any_object = format->IsString() && text_of(*format) == "json";
  if (!any_object && !format->IsObject())
    return body_.refuse("\"format\" must be \"json\" or a JSON schema");
  if (for_chat) {
    writer_.key("response_format");
    writer_.begin_object();
    writer_.member("type", any_object ? "json_object" : "json_schema");
    if (!any_object) {
      writer_.key("json_schema");
      writer_.begin_object();
      writer_.copy("schema", *format);
      writer_.end_object();
    }
    writer_.end_object();
  } else if (any_object) {
    writer_.key("json_schema");
    writer_.begin_object();
    writer_.member("type", "object");
    writer_.end_object();
  } else {
    writer_.copy("json_schema", *format);
  }
}

// Templates differ in what they look at; unknown arguments do no harm.
void translator::write_thinking() {
  const auto* think = body_.find("think");
  if (think == nullptr) return;
  if (!think->IsBool() && !think->IsString())
    return body_.refuse("\"think\" must be true, false or a level");
  writer_.key("chat_template_kwargs");
  writer_.begin_object();
  writer_.flag("enable_thinking", think->IsString() || think->GetBool());
  if (think->IsString()) writer_.member("reasoning_effort", text_of(*think));
  writer_.end_object();
}

}  // namespace

boost::system::result<translated_request, error_response> translate_request(ollama_call call,
                                                                            std::string& body,
                                                                            std::string_view role,
                                                                            wall_clock now) {
  const auto asked = now();
  rapidjson::Document document;
  if (auto fault = parse_in_place(body, document)) return *std::move(fault);
  translated_request result;
  translator work(call, document, result);
  const bool stream = work.wants_stream();
  const auto from = work.write(stream);
  if (work.fault()) return *work.fault();
  const auto* model = find_member(document, "model");
  const bool named = model != nullptr && model->IsString() && model->GetStringLength() != 0;
  result.answer = std::make_unique<ollama_answer>(
      from,
      ollama_voice{.call = call,
                   .model = std::string{named ? text_of(*model) : role},
                   .now = now,
                   .asked = asked},
      stream);
  return result;
}

}  // namespace rolecall::proxy
