#pragma once

#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/text_sink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

namespace rolecall::proxy {

/// Parses a request's body, whose strings then live in `body` itself: an image is not copied.
/// Returns why it cannot be used: no JSON, no object, or nested too deeply to be written again.
[[nodiscard]] std::optional<error_response> parse_in_place(std::string& body,
                                                           rapidjson::Document& document);

/// Of duplicate keys the last one counts, as with llama-server and Ollama. nullptr: none, null, or
/// `object` is none.
[[nodiscard]] const rapidjson::Value* find_member(const rapidjson::Value& object,
                                                  const char* name) noexcept;

/// Empty when it is no string.
[[nodiscard]] std::string_view text_of(const rapidjson::Value& text) noexcept;

/// Reads a request's members by type. The first one that is wrong is remembered as the fault.
class ollama_body {
 public:
  explicit ollama_body(const rapidjson::Value& asked) : asked_(asked) {}

  [[nodiscard]] const rapidjson::Value* find(const char* name) const noexcept {
    return find_member(asked_, name);
  }
  /// nullptr: none, or of another type, which is a fault.
  const rapidjson::Value* boolean(const char* name);
  const rapidjson::Value* number(const char* name);
  const rapidjson::Value* number_in(const rapidjson::Value& object, const char* name);
  const rapidjson::Value* object(const char* name);
  /// Empty: none, or of another type, which is a fault.
  std::string_view text(const char* name) { return text_in(asked_, name); }
  std::string_view text_in(const rapidjson::Value& object, const char* name);

  /// `reason` names the member: status 400.
  void refuse(std::string reason);
  void refuse(error_response why);
  [[nodiscard]] const std::optional<error_response>& fault() const noexcept { return fault_; }

 private:
  const rapidjson::Value* checked(const rapidjson::Value* value, bool fits, const char* name,
                                  std::string_view type);

  const rapidjson::Value& asked_;
  std::optional<error_response> fault_;
};

/// Writes a JSON document at the end of a string.
class body_writer {
 public:
  explicit body_writer(std::string& out) : sink_{out}, writer_(sink_) {}
  body_writer(const body_writer&) = delete;
  body_writer& operator=(const body_writer&) = delete;

  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void text(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void count(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
  }
  void copy(std::string_view name, const rapidjson::Value& value) {
    key(name);
    value.Accept(writer_);
  }
  void copy(const rapidjson::Value& value) { value.Accept(writer_); }
  /// A string that needs no escapes, large: `prefix` and `rest` one after the other.
  void plain_text(std::string_view prefix, std::string_view rest);

 private:
  text_sink sink_;
  rapidjson::Writer<text_sink> writer_;
};

}  // namespace rolecall::proxy
