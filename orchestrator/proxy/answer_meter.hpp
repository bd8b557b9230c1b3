#pragma once

#include "orchestrator/metrics/role_metrics.hpp"
#include "orchestrator/proxy/answer_ends.hpp"
#include "orchestrator/proxy/response_parser.hpp"
#include "orchestrator/tracing/token_counts.hpp"

#include <chrono>
#include <vector>

#include <boost/asio/buffer.hpp>

namespace rolecall::proxy {

/// Measures one answer while it passes: when the pieces of a stream went out, and what the answer's
/// ends tell of its tokens. Adds up locally, as it is asked for every piece. Part of the relay.
class answer_meter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `ends`: memory that outlives the meter.
  explicit answer_meter(answer_ends& ends) noexcept : ends_(ends) {}

  /// The final head came. `may_tell`: the request is one whose answer may tell tokens; what is
  /// compressed, no JSON or an error does not.
  void begin(const response_head& head, bool may_tell);
  /// Pieces came, as the upstream sent them. A stream's comments are none of its tokens.
  void pass(const std::vector<boost::asio::const_buffer>& pieces);
  /// They went out by now. True: they were a stream's first.
  bool passed(time_point now) noexcept;

  /// Its pieces come as they are made.
  [[nodiscard]] bool is_stream() const noexcept { return is_stream_; }
  /// When the first piece of a stream had gone out; zero: none has.
  [[nodiscard]] time_point first() const noexcept { return first_; }
  [[nodiscard]] const metrics::gap_counts& gaps() const noexcept { return gaps_; }
  /// More than one piece came.
  [[nodiscard]] bool has_gaps() const noexcept { return last_ != first_; }
  [[nodiscard]] tracing::token_counts tokens() const noexcept;

 private:
  answer_ends& ends_;
  bool is_stream_ = false;
  bool tells_tokens_ = false;
  bool has_new_ = false;
  time_point first_{};
  time_point last_{};
  metrics::gap_counts gaps_;
};

}  // namespace rolecall::proxy
