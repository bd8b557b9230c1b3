#pragma once

#include "orchestrator/proxy/answer_translation.hpp"
#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/ollama_call.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// A request in llama-server's terms, and what its answer needs to become one in Ollama's.
struct translated_request {
  std::string target;
  std::string body;
  std::unique_ptr<answer_translation> answer;
};

/// Time for `created_at` and the durations of answers.
using wall_clock = std::chrono::system_clock::time_point (*)();

/// Translates a request of Ollama's API (docs/api.md has the table) to /v1/chat/completions,
/// /completion, /infill or /v1/embeddings. A request without a prompt, which only asks that the
/// model be loaded, becomes an empty /tokenize. `body` is parsed in place and worthless afterwards.
/// `role` stands in answers as the model when the request names none. Errors are 400 with the
/// member that is wrong, and 501 for what is not done.
[[nodiscard]] boost::system::result<translated_request, error_response> translate_request(
    ollama_call call, std::string& body, std::string_view role,
    wall_clock now = std::chrono::system_clock::now);

}  // namespace rolecall::proxy
