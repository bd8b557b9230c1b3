#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rolecall::tracing {

/// Tokens of one request, and how long they took, as its answer tells it; nullopt: it does not.
struct token_counts {
  std::optional<std::uint64_t> in;         ///< of the prompt, cached ones included
  std::optional<std::uint64_t> in_cached;  ///< of them, taken from the prompt cache
  std::optional<std::uint64_t> out;        ///< generated
  std::optional<std::chrono::duration<double>> generating;  ///< took so long; `timings` only

  [[nodiscard]] bool is_known() const noexcept { return in || out; }
  bool operator==(const token_counts&) const = default;
};

/// Reads the counts out of the first and the last bytes of an answer of llama-server (0.7.0), JSON
/// or an event stream, cut anywhere; the two may overlap. Pure; time linear in both.
///
/// The last `"timings":{…}` or `"usage":{…}` of `tail` counts, and where it does not tell the
/// prompt (Anthropic's last event, embeddings), the first `"usage":{…}` of `head`. What a model has
/// generated is never mistaken for them: inside a string of JSON a quote is escaped, so that
/// `timings":` cannot stand there.
[[nodiscard]] token_counts count_tokens(std::string_view head, std::string_view tail) noexcept;

}  // namespace rolecall::tracing
