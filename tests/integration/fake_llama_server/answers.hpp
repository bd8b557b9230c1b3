#pragma once

#include "tests/integration/fake_llama_server/options.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rolecall::fake {

/// What the server has seen: GET /fake/state.
struct server_state {
  bool loaded = false;
  bool wedged = false;
  std::uint64_t posts = 0;        ///< POST requests that arrived
  std::uint64_t connections = 0;  ///< accepted
  std::uint64_t open_connections = 0;
  std::uint64_t running = 0;    ///< POST requests being answered
  std::uint64_t answered = 0;   ///< POST requests that generated all they were asked for
  std::uint64_t cancelled = 0;  ///< POST requests whose client went away before the end
  std::map<std::string, std::string>
      last_headers;  ///< of the last POST request, names in lower case
};

/// What a POST request asked for.
struct inference {
  std::string text;  ///< the last user message, or the prompt, or the input
  std::size_t inputs = 1;
  bool stream = false;
  std::uint64_t nonce = 0;
};
[[nodiscard]] inference parse_inference(std::string_view body, std::uint64_t nonce);

// Bodies, in the shape of llama-server 0.7.0. Those of inference carry "fake": {pid, alias, nonce}.

[[nodiscard]] std::string error_body(unsigned status, std::string_view message,
                                     std::string_view type);
[[nodiscard]] std::string state_body(const server_state& state, const options& o);
/// GET: empty for an unknown path.
[[nodiscard]] std::string get_body(std::string_view path, const server_state& state,
                                   const options& o);
/// POST without a stream: empty for an unknown path.
[[nodiscard]] std::string post_body(std::string_view path, const inference& asked,
                                    const options& o);
/// Chunk `index` of a stream, SSE framing included; the last one carries finish_reason and timings.
[[nodiscard]] std::string stream_event(std::string_view path, const inference& asked, int index,
                                       const options& o);

}  // namespace rolecall::fake
