#include "orchestrator/proxy/body_model.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace rolecall::proxy {
namespace {

// Deeper than any request of the API; llama-server's parser gives up memory for each level.
constexpr unsigned deepest_nesting = 1000;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Sees every value of the body, keeps the one that is the object's own `model`.
class model_finder {
 public:
  std::optional<std::string> model;
  bool is_text = true;
  bool too_deep = false;

  bool Null() { return found(std::nullopt, true); }
  bool Bool(bool) { return found(std::nullopt, false); }
  bool Int(int) { return found(std::nullopt, false); }
  bool Uint(unsigned) { return found(std::nullopt, false); }
  bool Int64(std::int64_t) { return found(std::nullopt, false); }
  bool Uint64(std::uint64_t) { return found(std::nullopt, false); }
  bool Double(double) { return found(std::nullopt, false); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return found(std::nullopt, false); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (!expected_) return true;
    return found(size == 0 ? std::nullopt : std::optional<std::string>(std::in_place, text, size),
                 true);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    expected_ = depth_ == 1 && in_object_ && std::string_view{text, size} == "model";
    return true;
  }
  bool StartObject() { return open(true); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(false); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  bool found(std::optional<std::string> name, bool acceptable) {
    if (!expected_) return true;
    expected_ = false;
    model = std::move(name);
    is_text = acceptable;
    return true;
  }
  bool open(bool object) {
    found(std::nullopt, false);
    if (depth_ == 0) in_object_ = object;
    too_deep = ++depth_ > deepest_nesting;
    return !too_deep;
  }
  bool close() {
    --depth_;
    return true;
  }

  unsigned depth_ = 0;
  bool in_object_ = false;  // the outermost value is an object
  bool expected_ = false;   // the next value is the one
};

body_fault malformed(std::size_t offset, std::string_view reason) {
  return {.what = body_fault::kind::malformed,
          .message = "cannot read the request's JSON body: " + std::string{reason} + " (offset " +
                     std::to_string(offset) + ")"};
}

}  // namespace

boost::system::result<std::optional<std::string>, body_fault> find_model(std::string_view body) {
  // Iterative: nesting costs heap, not stack. Numbers are checked, not converted.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  const auto skipped = body.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const auto text = body.substr(skipped);
  if (text.empty()) return malformed(0, "it is empty");

  model_finder finder;
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  reader.Parse<flags>(stream, finder);
  if (finder.too_deep)
    return malformed(skipped + stream.Tell(),
                     "more than " + std::to_string(deepest_nesting) + " levels of nesting");
  if (reader.HasParseError())
    return malformed(skipped + reader.GetErrorOffset(),
                     rapidjson::GetParseError_En(reader.GetParseErrorCode()));
  // A NUL byte looks like the end to the reader.
  if (stream.Tell() < text.size()) return malformed(skipped + stream.Tell(), "text after its end");
  if (!finder.is_text)
    return body_fault{.what = body_fault::kind::model_not_text,
                      .message = "cannot route the request: \"model\" must be a string"};
  return finder.model;
}

}  // namespace rolecall::proxy
