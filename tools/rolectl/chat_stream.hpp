#pragma once

#include "tools/rolectl/sse_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rolecall::rolectl {

/// llama-server's measurements of one answer.
struct chat_timings {
  int prompt_tokens = 0;
  double prompt_per_second = 0;
  int answer_tokens = 0;
  double answer_per_second = 0;
  int drafted = 0;  ///< 0 without speculative decoding
  int accepted = 0;
};

/// One step of a streamed chat completion.
struct chat_step {
  std::string text;
  std::string reasoning;
  std::optional<std::string> error;  ///< sent inside a stream that began well
  bool finished = false;
  std::optional<chat_timings> timings;
};

/// Pure. Data that is no JSON is an error step.
[[nodiscard]] chat_step read_chat_step(const sse_event& event);

/// The request's body: one user message, streamed. `most_tokens` 0: as many as the server allows.
[[nodiscard]] std::string chat_request(std::string_view role, std::string_view message,
                                       int most_tokens);

/// "42 tokens at 31.2/s, prompt 12 tokens at 210.0/s, 30 of 48 drafted tokens accepted".
[[nodiscard]] std::string timing_words(const chat_timings& timings);

}  // namespace rolecall::rolectl
