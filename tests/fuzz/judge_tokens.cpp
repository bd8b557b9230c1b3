#include "orchestrator/proxy/answer_ends.hpp"
#include "orchestrator/tracing/token_counts.hpp"
#include "tests/fuzz/judgement.hpp"
#include "tests/fuzz/pieces.hpp"

#include <rapidjson/document.h>

namespace rolecall::test {
namespace {

using rapidjson::Value;

/// What one `timings` or `usage` says, however deep; of names that are there twice, both.
struct said {
  std::vector<std::uint64_t> prompt;
  std::vector<std::uint64_t> beside;
  std::vector<std::uint64_t> generated;

  void read(const Value& object) {
    for (const auto& member : object.GetObject()) {
      const std::string_view name{member.name.GetString(), member.name.GetStringLength()};
      if (member.value.IsObject()) read(member.value);
      if (!member.value.IsUint64()) continue;
      const auto value = member.value.GetUint64();
      if (name == "prompt_n" || name == "prompt_tokens" || name == "input_tokens")
        prompt.push_back(value);
      if (name == "cache_n" || name == "cache_read_input_tokens") beside.push_back(value);
      if (name == "predicted_n" || name == "completion_tokens" || name == "output_tokens")
        generated.push_back(value);
    }
  }
  [[nodiscard]] bool says_in(std::uint64_t count) const {
    for (const auto cached : beside)
      if (cached == count ||
          std::ranges::any_of(prompt, [&](auto one) { return one + cached == count; }))
        return true;
    return std::ranges::find(prompt, count) != prompt.end();
  }
  [[nodiscard]] bool says_out(std::uint64_t count) const {
    return std::ranges::find(generated, count) != generated.end();
  }
};

void collect(const Value& value, std::vector<said>& out) {
  if (value.IsArray())
    for (const auto& each : value.GetArray()) collect(each, out);
  if (!value.IsObject()) return;
  for (const auto& member : value.GetObject()) {
    const std::string_view name{member.name.GetString(), member.name.GetStringLength()};
    if (member.value.IsObject() && (name == "timings" || name == "usage"))
      out.emplace_back().read(member.value);
    collect(member.value, out);
  }
}

// nullopt: some of it is no JSON.
std::optional<std::vector<said>> all_that_is_said(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return std::nullopt;  // where RapidJSON stops
  constexpr std::string_view data = "data: ";
  std::vector<said> all;
  rapidjson::Document document;
  const auto read = [&](std::string_view text) {
    document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    if (!document.HasParseError()) collect(document, all);
    return !document.HasParseError();
  };
  if (read(bytes)) return all;
  for (auto rest = bytes; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const bool is_name = line.starts_with("event: ") && line.find('"') == std::string_view::npos;
    if (line.empty() || line == "data: [DONE]" || is_name) continue;
    if (!line.starts_with(data) || !read(line.substr(data.size()))) return std::nullopt;
  }
  return all;
}

tracing::token_counts counted(const std::vector<std::vector<char>>& pieces) {
  proxy::answer_ends ends;
  for (const auto& piece : pieces) ends.add({piece.data(), piece.size()});
  // Memory of their own: reading beyond it is seen.
  const std::vector<char> head(ends.head().begin(), ends.head().end());
  const std::vector<char> tail(ends.tail().begin(), ends.tail().end());
  return tracing::count_tokens({head.data(), head.size()}, {tail.data(), tail.size()});
}

}  // namespace

judgement judge_tokens(std::string_view bytes) {
  const auto counts = counted({{bytes.begin(), bytes.end()}});
  judgement found{.valid = counts.is_known(), .broken = {}};
  if (counts != counted(pieces_of(bytes))) found.broken = "the pieces are counted otherwise";
  if (counts.in_cached && *counts.in_cached > counts.in.value_or(0))
    found.broken = "more is cached than came in";
  const auto all = all_that_is_said(bytes);
  if (!all) return found;
  const auto says = [&](auto what) { return std::ranges::any_of(*all, what); };
  if (counts.in && !says([&](const said& one) { return one.says_in(*counts.in); }))
    found.broken = "nothing says so many tokens in";
  if (counts.out && !says([&](const said& one) { return one.says_out(*counts.out); }))
    found.broken = "nothing says so many tokens out";
  return found;
}

}  // namespace rolecall::test
