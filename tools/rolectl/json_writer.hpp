#pragma once

#include "orchestrator/admin/valid_utf8.hpp"

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace rolecall::rolectl {

/// JSON for people and scripts alike: indented, members in the order of the calls, empty texts and
/// optional values without one as null, decimals rounded to hundredths.
class json_writer {
 public:
  json_writer() { writer_.SetIndent(' ', 2); }

  void open_object() { writer_.StartObject(); }
  void open_object(std::string_view key) {
    name(key);
    writer_.StartObject();
  }
  void close_object() { writer_.EndObject(); }
  void open_array(std::string_view key) {
    name(key);
    writer_.StartArray();
  }
  void close_array() { writer_.EndArray(); }

  template <typename Value>
  void add(std::string_view key, const Value& value) {
    name(key);
    item(value);
  }
  void add_null(std::string_view key) {
    name(key);
    writer_.Null();
  }

  void item(std::string_view text) {
    if (text.empty())
      writer_.Null();
    else
      writer_.String(admin::valid_utf8(text));
  }
  void item(const std::string& text) { item(std::string_view(text)); }
  void item(const char* text) { item(std::string_view(text)); }
  void item(bool value) { writer_.Bool(value); }
  void item(double value) {
    constexpr double hundred = 100;
    const double rounded = std::round(value * hundred) / hundred;
    if (rounded == std::floor(rounded) && std::abs(rounded) < largest_whole)
      writer_.Int64(static_cast<std::int64_t>(rounded));
    else
      writer_.Double(rounded);
  }
  template <std::unsigned_integral Value>
  void item(Value value) {
    writer_.Uint64(value);
  }
  void item(int value) { writer_.Int(value); }
  template <typename Value>
  void item(const std::optional<Value>& value) {
    if (value)
      item(*value);
    else
      writer_.Null();
  }
  template <typename Value>
  void item(const std::vector<Value>& values) {
    writer_.StartArray();
    for (const auto& value : values) item(value);
    writer_.EndArray();
  }

  [[nodiscard]] std::string text() && { return std::string(buffer_.GetString()) + "\n"; }

 private:
  static constexpr double largest_whole = 1e15;

  void name(std::string_view key) {
    writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace rolecall::rolectl
