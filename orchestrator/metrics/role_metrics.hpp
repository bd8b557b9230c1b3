#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rolecall::metrics {

using seconds = std::chrono::duration<double>;

/// What requests are counted by, as the label `route`. Any other word counts as "other".
inline constexpr std::array<std::string_view, 11> route_words{
    "chat_completions", "completions", "responses", "messages", "embeddings", "rerank",
    "infill",           "tokenize",    "ollama",    "pages",    "other"};

/// Upper limits, in seconds, of the buckets that gaps between tokens are counted in; what is longer
/// has a bucket of its own.
inline constexpr std::array<double, 13> gap_limits{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,  0.5,    1,     2.5,  5,     10};

/// The gaps between the pieces of one streamed answer, added up where they are seen, so that a
/// piece costs no atomic and no lock.
struct gap_counts {
  std::array<std::uint32_t, gap_limits.size() + 1> counts{};  ///< by bucket, not cumulative
  double sum_seconds = 0;

  void add(seconds gap) noexcept {
    const auto bucket = std::ranges::lower_bound(gap_limits, gap.count()) - gap_limits.begin();
    ++counts[static_cast<std::size_t>(bucket)];
    sum_seconds += gap.count();
  }

  bool operator==(const gap_counts&) const = default;
};

/// A role's metrics of the data plane. Thread-safe; lives as long as its catalogue.
class role_metrics {
 public:
  /// `route`: one of route_words. `status`: the HTTP status sent to the client.
  virtual void request_finished(std::string_view route, unsigned status, seconds duration) = 0;
  virtual void queue_waited(seconds wait) = 0;
  virtual void first_byte(seconds since_forwarded) = 0;
  /// Of a streamed answer.
  virtual void first_token(seconds since_arrival) = 0;
  /// Of one streamed answer, once it has ended.
  virtual void token_gaps(const gap_counts& gaps) = 0;
  /// As the answer itself tells. `in_cached`: those of `in` that the prompt cache had.
  virtual void tokens(std::uint64_t in, std::uint64_t in_cached, std::uint64_t out) = 0;
  /// Bytes of the client's side, heads included.
  virtual void transferred(std::uint64_t received, std::uint64_t sent) = 0;
  virtual void in_flight(int delta) = 0;
  virtual void client_gone() = 0;
  virtual void upstream_retried() = 0;

 protected:
  ~role_metrics() = default;
};

}  // namespace rolecall::metrics
