#include "orchestrator/proxy/body_scan.hpp"

#include "orchestrator/proxy/json_escape.hpp"
#include "orchestrator/proxy/text_run.hpp"

#include <utility>

namespace rolecall::proxy {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

void body_scan::feed(std::string_view piece) {
  if (fault_ || piece.empty()) return;
  piece_ = piece;
  const char* at = piece.data();
  const char* const end = at + piece.size();
  facts_.piece_begins(at);
  while (at != end && !fault_) at = step(at, end);
  facts_.piece_ends(at);
  offset_ += piece.size();
}

scanned_body body_scan::finish() {
  const bool ends = depth_ == 0 && (state_ == state::after_value ||
                                    (state_ == state::number && is_whole(number_)));
  if (!fault_ && !ends)
    refuse_at(offset_,
              depth_ == 0 && (state_ == state::mark || state_ == state::value)
                  ? "it is empty"
                  : "it ends too early",
              body_fault::kind::malformed);
  if (fault_) return *std::move(fault_);
  return facts_.take();
}

inline const char* body_scan::step(const char* at, const char* end) {
  // Between what is read in one go there may be space.
  if (state_ >= state::value && state_ <= state::after_value)
    while (is_space(*at))
      if (++at == end) return end;
  switch (state_) {
    case state::mark:
      return read_mark(at);
    case state::value:
    case state::first_element:
      return read_value(at);
    case state::first_key:
    case state::key:
      return read_key(at);
    case state::colon:
      return read_colon(at, end);
    case state::after_value:
      return read_after_value(at, end);
    case state::text:
      return read_text(at, end);
    case state::escape:
      return read_escape(at);
    case state::code_unit:
      return read_code_unit(at);
    case state::second_backslash:
      return read_pair(at, '\\', state::second_u);
    case state::second_u:
      return read_pair(at, 'u', state::code_unit);
    case state::literal:
      return read_literal(at);
    case state::number:
      return read_number(at, end);
  }
  return end;
}

const char* body_scan::read_mark(const char* at) {
  if (*at == byte_order_mark[marked_]) {
    if (++marked_ == byte_order_mark.size()) state_ = state::value;
    return at + 1;
  }
  if (marked_ != 0) return refuse(at, "half a byte order mark");
  state_ = state::value;
  return at;
}

const char* body_scan::read_value(const char* at) {
  if (*at == ']' && state_ == state::first_element) return close(at);
  wants_text_ = depth_ <= body_fact_finder::deepest && facts_.value_begins(depth_, at);
  switch (*at) {
    case '{':
      return open(at, true);
    case '[':
      return open(at, false);
    case '"':
      in_key_ = false;
      state_ = state::text;
      return at + 1;
    case 't':
      literal_ = "true";
      state_ = state::literal;
      return at;
    case 'f':
      literal_ = "false";
      state_ = state::literal;
      return at;
    case 'n':
      literal_ = "null";
      state_ = state::literal;
      return at;
    default:
      break;
  }
  if (*at != '-' && !is_digit(*at)) return refuse(at, "a value must stand here");
  // A sign is read here, a first digit as what may follow one.
  number_ = number_part::sign;
  state_ = state::number;
  if (*at != '-') return at;
  if (wants_text_) facts_.text({at, 1});
  return at + 1;
}

const char* body_scan::read_key(const char* at) {
  if (*at == '}' && state_ == state::first_key) return close(at);
  if (*at != '"') return refuse(at, "a key must stand here");
  wants_text_ = depth_ <= body_fact_finder::deepest && facts_.key_begins(depth_);
  in_key_ = true;
  state_ = state::text;
  return at + 1;
}

const char* body_scan::read_colon(const char* at, const char* end) {
  if (*at != ':') return refuse(at, "a colon must stand here");
  state_ = state::value;
  // Most bodies are written without space: no step between.
  return ++at == end || is_space(*at) ? at : read_value(at);
}

const char* body_scan::read_after_value(const char* at, const char* end) {
  if (depth_ == 0) return refuse(at, "text after its end");
  const bool object = in_object();
  if (*at == (object ? '}' : ']')) return close(at);
  if (*at != ',')
    return refuse(at, object ? "a comma or } must stand here" : "a comma or ] must stand here");
  state_ = object ? state::key : state::value;
  if (++at == end || is_space(*at)) return at;
  return object ? read_key(at) : read_value(at);
}

const char* body_scan::read_text(const char* at, const char* end) {
  while (true) {
    const char* const stop = end_of_text_run(at, end);
    if (wants_text_) facts_.text({at, stop});
    if (stop == end) return end;
    if (*stop == '"') {
      text_ends(stop + 1);
      return stop + 1;
    }
    if (*stop != '\\') return refuse(stop, "a control character must be escaped");
    const char meant = end - stop > 1 ? unescaped(stop[1]) : '\0';
    if (meant == 0) {
      state_ = state::escape;
      return stop + 1;
    }
    if (wants_text_) facts_.text({&meant, 1});
    at = stop + 2;
    if (at == end) return end;
  }
}

const char* body_scan::read_escape(const char* at) {
  if (*at == 'u') {
    digits_ = 0;
    unit_ = 0;
    state_ = state::code_unit;
    return at + 1;
  }
  const char meant = unescaped(*at);
  if (meant == 0) return refuse(at, "no escape is written so");
  if (wants_text_) facts_.text({&meant, 1});
  state_ = state::text;
  return at + 1;
}

const char* body_scan::read_code_unit(const char* at) {
  const int digit = hexadecimal_digit(*at);
  if (digit < 0) return refuse(at, "\\u needs four hexadecimal digits");
  unit_ = unit_ << 4 | static_cast<std::uint32_t>(digit);
  if (++digits_ < 4) return at + 1;
  if (is_low_surrogate(unit_) != (high_ != 0)) return refuse(at, "half a surrogate pair");
  if (is_high_surrogate(unit_)) {
    high_ = unit_;
    state_ = state::second_backslash;
    return at + 1;
  }
  const auto code = high_ != 0 ? code_point_of(high_, unit_) : unit_;
  high_ = 0;
  if (wants_text_) facts_.text(utf8_character{code}.text());
  state_ = state::text;
  return at + 1;
}

const char* body_scan::read_pair(const char* at, char expected, state next) {
  if (*at != expected) return refuse(at, "half a surrogate pair");
  digits_ = 0;
  unit_ = 0;
  state_ = next;
  return at + 1;
}

const char* body_scan::read_literal(const char* at) {
  if (*at != literal_.front()) return refuse(at, "a value must stand here");
  literal_.remove_prefix(1);
  if (literal_.empty()) value_ends(at + 1);
  return at + 1;
}

const char* body_scan::read_number(const char* at, const char* end) {
  const char* const begin = at;
  auto part = number_;
  while (at != end) {
    // Most bytes are the next of many digits.
    if (!is_digit(*at) || !takes_digits(part)) {
      const auto next = after(part, *at);
      if (next == number_part::ended) break;
      part = next;
    }
    ++at;
  }
  number_ = part;
  if (wants_text_) facts_.text({begin, at});
  if (at == end) return end;
  if (!is_whole(number_)) return refuse(at, "a digit must stand here");
  value_ends(at);
  return at;
}

const char* body_scan::open(const char* at, bool object) {
  if (depth_ == deepest_nesting)
    return refuse(at, "more than 1000 levels of nesting", body_fault::kind::too_deep);
  const auto bit = std::uint64_t{1} << (depth_ % 64);
  auto& word = objects_[depth_ / 64];
  word = object ? word | bit : word & ~bit;
  ++depth_;
  state_ = object ? state::first_key : state::first_element;
  return at + 1;
}

const char* body_scan::close(const char* at) {
  --depth_;
  value_ends(at + 1);
  return at + 1;
}

void body_scan::value_ends(const char* after) {
  state_ = state::after_value;
  if (depth_ <= body_fact_finder::deepest) facts_.value_ends(depth_, after);
}

void body_scan::text_ends(const char* after) {
  if (!in_key_) return value_ends(after);
  state_ = state::colon;
  if (depth_ <= body_fact_finder::deepest) facts_.key_ends(depth_);
}

const char* body_scan::refuse(const char* at, std::string_view reason, body_fault::kind what) {
  refuse_at(offset_ + static_cast<std::size_t>(at - piece_.data()), reason, what);
  return at;
}

void body_scan::refuse_at(std::size_t offset, std::string_view reason, body_fault::kind what) {
  fault_ = body_fault{.what = what,
                      .message = "cannot read the request's JSON body: " + std::string{reason} +
                                 " (offset " + std::to_string(offset) + ")"};
}

}  // namespace rolecall::proxy
