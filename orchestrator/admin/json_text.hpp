#pragma once

#include "orchestrator/admin/valid_utf8.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::admin {

/// Objects member by member, on RapidJSON's writer.
class json_text {
 public:
  explicit json_text(int decimals = 3) { writer_.SetMaxDecimalPlaces(decimals); }

  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  json_text& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  void value(std::string_view text) { writer_.String(valid_utf8(text)); }

  void member(std::string_view name, std::string_view text) { key(name).value(text); }
  void member(std::string_view name, const char* text) { key(name).value(text); }
  void member(std::string_view name, bool flag) { key(name).writer_.Bool(flag); }
  void member(std::string_view name, int number) { key(name).writer_.Int(number); }
  void member(std::string_view name, std::int64_t number) { key(name).writer_.Int64(number); }
  void member(std::string_view name, std::uint64_t number) { key(name).writer_.Uint64(number); }
  void member(std::string_view name, double number) { key(name).writer_.Double(number); }
  void member(std::string_view name, const std::vector<std::string>& texts) {
    key(name).begin_array();
    for (const auto& text : texts) value(text);
    end_array();
  }
  void null_member(std::string_view name) { key(name).writer_.Null(); }

  [[nodiscard]] std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace rolecall::admin
