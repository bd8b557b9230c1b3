#include "orchestrator/tracing/token_counts.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rolecall::tracing {
namespace {

constexpr std::string_view timings_key = R"("timings":)";
constexpr std::string_view usage_key = R"("usage":)";
constexpr int deepest = 3;  // usage holds prompt_tokens_details
// Nobody counts further; sums of it stay exact.
constexpr std::uint64_t most_tokens = 1ULL << 40;
constexpr double most_milliseconds = 1e12;

/// The numbers of a `timings` or `usage` object, by what they mean.
struct told_numbers {
  std::optional<std::uint64_t> prompt;
  std::optional<std::uint64_t> cached_beside;  // not among `prompt`
  std::optional<std::uint64_t> cached_within;
  std::optional<std::uint64_t> generated;
  std::optional<double> generating_ms;

  std::optional<std::uint64_t>* find(std::string_view name) noexcept {
    switch (name.front()) {
      case 'p':
        if (name == "prompt_n" || name == "prompt_tokens") return &prompt;
        return name == "predicted_n" ? &generated : nullptr;
      case 'c':
        if (name == "cache_n" || name == "cache_read_input_tokens") return &cached_beside;
        if (name == "cached_tokens") return &cached_within;
        return name == "completion_tokens" ? &generated : nullptr;
      case 'i':
        return name == "input_tokens" ? &prompt : nullptr;
      case 'o':
        return name == "output_tokens" ? &generated : nullptr;
      default:
        return nullptr;
    }
  }
};

template <typename Number>
std::optional<Number> number_of(std::string_view text, Number most) noexcept {
  Number value = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc{} || end != last || !(value >= 0 && value <= most)) return std::nullopt;
  return value;
}

/// Reads an object of numbers, strings and such objects, written without blanks as llama-server
/// does.
class object_reader {
 public:
  explicit object_reader(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()) {}

  /// False: it is cut, or something else.
  bool read(told_numbers& out, int depth = 1) noexcept {
    if (depth > deepest || !take('{')) return false;
    if (take('}')) return true;
    do {
      const auto name = take_string();
      if (name.empty() || !take(':') || !read_value(out, name, depth)) return false;
    } while (take(','));
    return take('}');
  }

 private:
  bool read_value(told_numbers& out, std::string_view name, int depth) noexcept {
    if (at_ == end_ || *at_ == '[') return false;
    if (*at_ == '{') return read(out, depth + 1);
    if (*at_ == '"') return !take_string().empty();
    const char* last = at_;  // not the member, which would be written to memory each time
    while (last != end_ && *last != ',' && *last != '}') ++last;
    const std::string_view value{at_, static_cast<std::size_t>(last - at_)};
    at_ = last;
    if (auto* count = out.find(name))
      *count = number_of(value, most_tokens);
    else if (name == "predicted_ms")
      out.generating_ms = number_of(value, most_milliseconds);
    return at_ != end_;
  }

  bool take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // Names and words have nothing to escape and are not empty; what does, or is, is none of ours.
  std::string_view take_string() noexcept {
    if (!take('"')) return {};
    const std::string_view rest{at_, static_cast<std::size_t>(end_ - at_)};
    const auto text = rest.substr(0, rest.find('"'));
    if (text.empty() || text.size() == rest.size() || text.back() == '\\') return {};
    at_ += text.size() + 1;
    return text;
  }

  const char* at_;
  const char* end_;
};

/// Reads `timings` as llama-server 0.7.0 orders them, which takes a third of the time: data threads
/// do it once a request.
///   {"cache_n":1,"prompt_n":2, … "predicted_n":3,"predicted_ms":4.5, …
class timings_reader {
 public:
  explicit timings_reader(std::string_view text) noexcept : rest_(text) {}

  /// False: they are ordered otherwise; `out` is worth nothing then.
  bool read(told_numbers& out) noexcept {
    return take(R"({"cache_n":)") && take_number(out.cached_beside, most_tokens) &&
           take(R"(,"prompt_n":)") && take_number(out.prompt, most_tokens) && skip_rates() &&
           take(R"(,"predicted_n":)") && take_number(out.generated, most_tokens) &&
           take(R"(,"predicted_ms":)") && take_number(out.generating_ms, most_milliseconds) &&
           (rest_.starts_with(',') || rest_.starts_with('}'));
  }

 private:
  bool take(std::string_view text) noexcept {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  template <typename Number>
  bool take_number(std::optional<Number>& out, Number most) noexcept {
    Number value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || !(value >= 0 && value <= most)) return false;
    out = value;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  // Three numbers of the prompt.
  bool skip_rates() noexcept {
    while (rest_.starts_with(R"(,"prompt_)")) {
      const auto next = rest_.find(',', 1);
      if (next == std::string_view::npos || rest_[next - 1] == '}') return false;
      rest_.remove_prefix(next);
    }
    return true;
  }

  std::string_view rest_;
};

token_counts counts_in(std::string_view object) noexcept {
  told_numbers told;
  if (!timings_reader{object}.read(told)) {
    told = {};
    if (!object_reader{object}.read(told)) return {};
  }
  token_counts counts{
      .in = told.prompt, .in_cached = told.cached_within, .out = told.generated, .generating = {}};
  if (told.generating_ms)
    counts.generating = std::chrono::duration<double, std::milli>{*told.generating_ms};
  if (told.cached_beside) {
    counts.in = told.prompt.value_or(0) + *told.cached_beside;
    counts.in_cached = told.cached_beside;
  }
  if (!counts.in) counts.in_cached.reset();
  if (counts.in_cached) counts.in_cached = std::min(*counts.in_cached, *counts.in);
  return counts;
}

// A key's first quote stands behind a comma or a brace.
bool ends_with_key(std::string_view text, std::string_view key) noexcept {
  if (text.size() <= key.size() || !text.ends_with(key)) return false;
  const char before = text[text.size() - key.size() - 1];
  return before == ',' || before == '{';
}

// From the end, brace by brace: the object stands a few hundred bytes before it and holds few.
// memrchr() looks at many bytes at a time, unlike rfind().
token_counts last_counts(std::string_view tail) noexcept {
  auto before = tail;
  while (const void* found = ::memrchr(before.data(), '{', before.size())) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - tail.data());
    before = tail.substr(0, at);
    if (ends_with_key(before, timings_key) || ends_with_key(before, usage_key))
      return counts_in(tail.substr(at));
  }
  return {};
}

token_counts first_usage(std::string_view head) noexcept {
  for (auto at = head.find(usage_key); at != std::string_view::npos;
       at = head.find(usage_key, at + 1)) {
    const auto end = at + usage_key.size();
    if (ends_with_key(head.substr(0, end), usage_key)) return counts_in(head.substr(end));
  }
  return {};
}

}  // namespace

token_counts count_tokens(std::string_view head, std::string_view tail) noexcept {
  auto counts = last_counts(tail);
  if (counts.in) return counts;
  const auto first = first_usage(head);
  counts.in = first.in;
  counts.in_cached = first.in_cached;
  if (!counts.out) counts.out = first.out;
  return counts;
}

}  // namespace rolecall::tracing
