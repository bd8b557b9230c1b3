#include "orchestrator/proxy/body_facts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace rolecall::proxy {
namespace {

constexpr std::size_t longest_key = 12;     // "instructions"
constexpr std::size_t longest_number = 64;  // more digits than anybody writes

bool is_number(char first) { return first == '-' || (first >= '0' && first <= '9'); }

}  // namespace

body_fact_finder::field body_fact_finder::field_named(std::string_view key) noexcept {
  constexpr std::array<std::pair<std::string_view, field>, 8> fields = {
      {{"model", field::model},
       {"stream", field::stream},
       {"id_slot", field::id_slot},
       {"prompt", field::prompt},
       {"messages", field::messages},
       {"input", field::input},
       {"system", field::system},
       {"instructions", field::instructions}}};
  for (const auto& [name, which] : fields)
    if (key == name) return which;
  return field::other;
}

bool body_fact_finder::key_begins(unsigned depth) {
  const bool wanted = depth == 1 || (depth == 3 && hashes_);
  if (wanted) expect_text(longest_key);
  return wanted;
}

void body_fact_finder::key_ends(unsigned depth) {
  if (depth == 1) field_ = field_named(text_);
  if (depth == 3) in_role_ = hashes_ && text_ == "role";
}

bool body_fact_finder::value_begins(unsigned depth, const char* at) {
  if (depth == 1) return field_begins(at);
  if (depth == 2 && hashes_) {
    hash_to(at);
    left_ = longest_part;
    is_user_ = false;
  }
  if (depth != 3 || !in_role_) return false;
  expect_text(longest_key);
  return *at == '"';
}

void body_fact_finder::value_ends(unsigned depth, const char* after) {
  if (depth == 1) field_ends(after);
  if (depth == 2 && hashes_ && std::exchange(is_user_, false)) {
    hash_to(after);
    hashes_ = false;
  }
  if (depth == 3 && std::exchange(in_role_, false)) is_user_ = text_ == "user";
}

void body_fact_finder::text(std::string_view piece) {
  text_.append(piece.substr(0, most_ + 1 - std::min(text_.size(), most_ + 1)));
}

void body_fact_finder::expect_text(std::size_t most) {
  text_.clear();
  most_ = most;
}

void body_fact_finder::hash_to(const char* at) noexcept {
  const auto counted = std::min(left_, static_cast<std::size_t>(at - from_));
  hash_.update({from_, counted});
  left_ -= counted;
  from_ = at;
}

bool body_fact_finder::field_begins(const char* at) {
  first_ = *at;
  switch (field_) {
    case field::other:
      return false;
    case field::stream:
      facts_.stream = first_ == 't';
      return false;
    case field::model:
      expect_text(longest_model);
      return first_ == '"';
    case field::id_slot:
      expect_text(longest_number);
      return is_number(first_);
    case field::prompt:
    case field::messages:
    case field::input:
    case field::system:
    case field::instructions:
      break;
  }
  hashes_ = wants_prefix_ && first_ != 'n';
  is_user_ = in_role_ = false;
  from_ = at;
  left_ = longest_part;
  hash_ = leading_hash{static_cast<std::uint64_t>(field_)};
  hashed_[static_cast<std::size_t>(field_) - first_part].reset();
  return false;
}

void body_fact_finder::field_ends(const char* after) {
  const auto ended = std::exchange(field_, field::other);
  if (ended == field::model) return take_model();
  if (ended == field::id_slot) return take_slot();
  if (ended < field::prompt || first_ == 'n') return;
  if (std::exchange(hashes_, false)) hash_to(after);
  hashed_[static_cast<std::size_t>(ended) - first_part] = hash_.value();
}

void body_fact_finder::take_model() {
  facts_.model.reset();
  facts_.model_fault = {};
  if (first_ != '"' && first_ != 'n')
    facts_.model_fault = "must be a string";
  else if (text_.size() > longest_model)
    facts_.model_fault = "is longer than 1024 bytes";
  else if (!text_.empty())
    facts_.model = text_;
}

void body_fact_finder::take_slot() {
  using slot_limits = std::numeric_limits<std::int32_t>;
  facts_.id_slot.reset();
  if (first_ == 't' || first_ == 'f') facts_.id_slot = first_ == 't' ? 1 : 0;
  if (!is_number(first_)) return;
  double number = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
  number = std::trunc(number);
  const bool fits = error == std::errc{} && text_.size() <= longest_number &&
                    number >= slot_limits::min() && number <= slot_limits::max();
  facts_.id_slot =
      fits ? static_cast<std::int64_t>(number) : std::numeric_limits<std::int64_t>::max();
}

body_facts body_fact_finder::take() {
  for (const auto& part : hashed_)
    if (part) facts_.prefix = facts_.prefix.value_or(0) ^ *part;
  return std::move(facts_);
}

}  // namespace rolecall::proxy
