#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace rolecall::test {

/// What RapidJSON's reader makes of a body, by rules written down a second time: body_scan is held
/// against it.
struct body_reference {
  enum class verdict {
    malformed,
    well_formed,
    /// Where the two differ on purpose: a number that RapidJSON cannot hold, which body_scan leaves
    /// to llama-server, and the second half of a surrogate pair alone, which RapidJSON takes and
    /// llama-server does not.
    unlike,
  };
  verdict what = verdict::malformed;
  std::optional<std::string> model;
  bool model_is_text = true;  ///< or null, or missing
  bool stream = false;
};

/// RapidJSON's events; keeps the outermost object's own values, the last of each name.
class body_reference_reader {
 public:
  static constexpr unsigned deepest_nesting = 1000;

  body_reference found;
  bool too_deep = false;
  bool half_pair = false;

  bool Null() { return value(std::nullopt, true, false); }
  bool Bool(bool truth) { return value(std::nullopt, false, truth); }
  bool Int(int) { return value(std::nullopt, false, false); }
  bool Uint(unsigned) { return value(std::nullopt, false, false); }
  bool Int64(std::int64_t) { return value(std::nullopt, false, false); }
  bool Uint64(std::uint64_t) { return value(std::nullopt, false, false); }
  bool Double(double) { return value(std::nullopt, false, false); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) {
    return value(std::nullopt, false, false);
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    look_for_half_pair({text, size});
    return value(std::string_view{text, size}, true, false);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    look_for_half_pair({text, size});
    if (depth_ == 1) key_.assign(text, size);
    return true;
  }
  bool StartObject() { return open(); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  // Written as UTF-8, which has no place for it.
  void look_for_half_pair(std::string_view text) {
    for (std::size_t at = 0; (at = text.find('\xED', at)) != std::string_view::npos; ++at)
      half_pair |= at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xB0;
  }
  bool value(std::optional<std::string_view> text, bool may_name, bool truth) {
    if (depth_ != 1) return true;
    if (key_ == "model") {
      found.model.reset();
      if (text && !text->empty()) found.model.emplace(*text);
      found.model_is_text = may_name;
    }
    if (key_ == "stream") found.stream = truth;
    key_.clear();
    return true;
  }
  bool open() {
    value(std::nullopt, false, false);
    too_deep = ++depth_ > deepest_nesting;
    return !too_deep;
  }
  bool close() {
    --depth_;
    return true;
  }

  unsigned depth_ = 0;
  std::string key_;
};

[[nodiscard]] inline body_reference read_by_reference(std::string_view body) {
  // Iterative: nesting costs heap, not stack. Numbers are checked, not converted.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  body_reference_reader events;
  rapidjson::MemoryStream stream(body.data(), body.size());
  rapidjson::Reader reader;
  reader.Parse<flags>(stream, events);
  if (reader.GetParseErrorCode() == rapidjson::kParseErrorNumberTooBig || events.half_pair)
    return {.what = body_reference::verdict::unlike, .model = {}};
  // A NUL byte looks like the end to the reader.
  if (reader.HasParseError() || stream.Tell() < body.size())
    return {.what = body_reference::verdict::malformed, .model = {}};
  events.found.what = body_reference::verdict::well_formed;
  return events.found;
}

}  // namespace rolecall::test
