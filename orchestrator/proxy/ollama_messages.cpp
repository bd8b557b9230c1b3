#include "orchestrator/proxy/ollama_messages.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace rolecall::proxy {
namespace {

using rapidjson::Value;

struct picture_kind {
  std::string_view start;  // of its base64 text
  std::string_view prefix;
};
// By the formats' first bytes. llama-server looks at the picture itself; others in between may not.
constexpr std::array<picture_kind, 4> picture_kinds = {{
    {"/9j/", "data:image/jpeg;base64,"},
    {"R0lGOD", "data:image/gif;base64,"},
    {"UklGR", "data:image/webp;base64,"},
    {"Qk", "data:image/bmp;base64,"},
}};
constexpr std::string_view any_picture = "data:image/png;base64,";

bool is_base64(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::string_view prefix_of(std::string_view picture) {
  const auto* const found = std::ranges::find_if(
      picture_kinds, [&](const picture_kind& kind) { return picture.starts_with(kind.start); });
  return found == picture_kinds.end() ? any_picture : found->prefix;
}

/// Writes one request's messages; the calls of tools and their results are given matching ids,
/// which Ollama's messages need not have.
class message_list {
 public:
  message_list(ollama_body& body, body_writer& writer) : body_(body), writer_(writer) {}

  void write(const Value& message);
  void write_text(std::string_view role, std::string_view text, const Value* images);

 private:
  void write_content(std::string_view text, const Value* images);
  void write_images(const Value& images);
  void write_calls(const Value& calls);
  void write_call(const Value& call);

  ollama_body& body_;
  body_writer& writer_;
  unsigned calls_ = 0;     // written so far
  unsigned answered_ = 0;  // results so far
};

void message_list::write(const Value& message) {
  if (!message.IsObject()) return body_.refuse("\"messages\" must be a list of objects");
  const auto role = body_.text_in(message, "role");
  if (role.empty()) return body_.refuse("every message needs a \"role\"");
  writer_.begin_object();
  writer_.member("role", role);
  write_content(body_.text_in(message, "content"), find_member(message, "images"));
  if (const auto thinking = body_.text_in(message, "thinking"); !thinking.empty())
    writer_.member("reasoning_content", thinking);
  if (const auto* calls = find_member(message, "tool_calls")) write_calls(*calls);
  if (role == "tool") {
    const auto id = body_.text_in(message, "tool_call_id");
    writer_.member("tool_call_id",
                   id.empty() ? "call_" + std::to_string(answered_++) : std::string{id});
    if (const auto name = body_.text_in(message, "tool_name"); !name.empty())
      writer_.member("name", name);
  }
  writer_.end_object();
}

void message_list::write_text(std::string_view role, std::string_view text, const Value* images) {
  writer_.begin_object();
  writer_.member("role", role);
  write_content(text, images);
  writer_.end_object();
}

void message_list::write_content(std::string_view text, const Value* images) {
  writer_.key("content");
  if (images == nullptr) return writer_.text(text);
  writer_.begin_array();
  writer_.begin_object();
  writer_.member("type", "text");
  writer_.member("text", text);
  writer_.end_object();
  write_images(*images);
  writer_.end_array();
}

void message_list::write_images(const Value& images) {
  if (!images.IsArray()) return body_.refuse("\"images\" must be a list of base64 strings");
  for (const auto& image : images.GetArray()) {
    if (!image.IsString() || !is_base64(text_of(image)))
      return body_.refuse("\"images\" must be a list of base64 strings");
    writer_.begin_object();
    writer_.member("type", "image_url");
    writer_.key("image_url");
    writer_.begin_object();
    writer_.key("url");
    writer_.plain_text(prefix_of(text_of(image)), text_of(image));
    writer_.end_object();
    writer_.end_object();
  }
}

void message_list::write_calls(const Value& calls) {
  if (!calls.IsArray()) return body_.refuse("\"tool_calls\" must be a list");
  writer_.key("tool_calls");
  writer_.begin_array();
  for (const auto& call : calls.GetArray()) write_call(call);
  writer_.end_array();
}

void message_list::write_call(const Value& call) {
  const auto* function = find_member(call, "function");
  if (function == nullptr || !function->IsObject())
    return body_.refuse("every one of \"tool_calls\" needs a \"function\"");
  writer_.begin_object();
  const auto id = body_.text_in(call, "id");
  writer_.member("id", id.empty() ? "call_" + std::to_string(calls_) : std::string{id});
  ++calls_;
  writer_.member("type", "function");
  writer_.key("function");
  writer_.begin_object();
  writer_.member("name", body_.text_in(*function, "name"));
  // An object with Ollama, JSON text with llama-server.
  std::string arguments = "{}";
  if (const auto* given = find_member(*function, "arguments")) {
    arguments.clear();
    if (given->IsString())
      arguments = text_of(*given);
    else
      body_writer(arguments).copy(*given);
  }
  writer_.member("arguments", arguments);
  writer_.end_object();
  writer_.end_object();
}

}  // namespace

void write_messages(ollama_body& body, body_writer& writer) {
  message_list list(body, writer);
  writer.begin_array();
  const auto* messages = body.find("messages");
  if (messages == nullptr || !messages->IsArray())
    body.refuse("\"messages\" must be a list of objects");
  else
    for (const auto& message : messages->GetArray()) {
      if (body.fault()) break;
      list.write(message);
    }
  writer.end_array();
}

void write_prompt(ollama_body& body, body_writer& writer) {
  message_list list(body, writer);
  writer.begin_array();
  if (const auto system = body.text("system"); !system.empty())
    list.write_text("system", system, nullptr);
  list.write_text("user", body.text("prompt"), body.find("images"));
  writer.end_array();
}

}  // namespace rolecall::proxy
