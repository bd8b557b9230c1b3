#pragma once

#include "orchestrator/proxy/body_facts.hpp"
#include "orchestrator/proxy/json_number.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// Why a body cannot be read.
struct body_fault {
  enum class kind {
    malformed,  ///< llama-server refuses it as well
    too_deep,   ///< well-formed so far, but nested deeper than is read here
  };
  kind what = kind::malformed;
  std::string message;
};

using scanned_body = boost::system::result<body_facts, body_fault>;

/// Reads one JSON body (RFC 8259) while it arrives, in whatever pieces, for what routing wants to
/// know of it. Makes no document: its memory does not grow with the body, and long strings, where
/// images and prompts are, cost a look at 64 bytes at a time. A byte order mark before the body is
/// skipped, as llama-server does. Whether strings are UTF-8 is left to llama-server, and so is
/// whether a number can be held. Nothing is rewritten. Used on one thread.
class body_scan {
 public:
  /// llama-server has no limit; no request of the API is nested deeper than twenty levels.
  static constexpr unsigned deepest_nesting = 1000;

  /// `wants_prefix`: see body_fact_finder.
  explicit body_scan(bool wants_prefix = true) : facts_(wants_prefix) {}

  /// The next bytes; nothing happens any more once there is a fault.
  void feed(std::string_view piece);

  /// After the last piece, once. The fault tells the offset in the body where it lies.
  [[nodiscard]] scanned_body finish();

 private:
  // What must come next. From value to after_value, white space may come before it.
  enum class state : std::uint8_t {
    mark,           // the body's first bytes: the byte order mark or a value
    value,          // a value
    first_element,  // a value, or the end of an empty array
    first_key,      // a key, or the end of an empty object
    key,
    colon,
    after_value,       // a comma, the end of what is open, or nothing
    text,              // the inside of a key or a string
    escape,            // what follows a backslash
    code_unit,         // the hexadecimal digits of \u
    second_backslash,  // of a surrogate pair
    second_u,
    literal,
    number,
  };

  // Each reads from `at`, which is before `end`, and returns where the next step starts.
  const char* step(const char* at, const char* end);
  const char* read_mark(const char* at);
  const char* read_value(const char* at);
  const char* read_key(const char* at);
  const char* read_colon(const char* at, const char* end);
  const char* read_after_value(const char* at, const char* end);
  const char* read_text(const char* at, const char* end);
  const char* read_escape(const char* at);
  const char* read_code_unit(const char* at);
  const char* read_pair(const char* at, char expected, state next);
  const char* read_literal(const char* at);
  const char* read_number(const char* at, const char* end);

  const char* open(const char* at, bool object);
  const char* close(const char* at);
  void value_ends(const char* after);
  void text_ends(const char* after);
  [[nodiscard]] bool in_object() const noexcept {
    return (objects_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
  }
  const char* refuse(const char* at, std::string_view reason,
                     body_fault::kind what = body_fault::kind::malformed);
  void refuse_at(std::size_t offset, std::string_view reason, body_fault::kind what);

  body_fact_finder facts_;
  std::optional<body_fault> fault_;
  std::string_view piece_;  // while it is read
  std::size_t offset_ = 0;  // of piece_ in the body

  state state_ = state::mark;
  number_part number_ = number_part::sign;
  bool in_key_ = false;       // the text is a key
  bool wants_text_ = false;   // facts_ wants the text or number
  unsigned marked_ = 0;       // bytes of the byte order mark
  unsigned digits_ = 0;       // of the code unit
  std::uint32_t unit_ = 0;    // the code unit
  std::uint32_t high_ = 0;    // a surrogate pair's first half; 0: none
  std::string_view literal_;  // what is left of it; static storage

  unsigned depth_ = 0;
  // One bit for each level: whether it is an object. Level 1 is the lowest bit of the first word.
  std::array<std::uint64_t, (deepest_nesting + 63) / 64> objects_{};
};

}  // namespace rolecall::proxy
