#pragma once

#include <string_view>

namespace rolecall::proxy {

/// Whether a path is one of llama-server's routes (0.7.0) that belong to a model, or a call of
/// Ollama's that becomes one of them. All are POST.
[[nodiscard]] bool is_inference(std::string_view path) noexcept;

/// What metrics and traces call a request by, whatever its target is: one of metrics::route_words.
/// The path decides, behind `/roles/<role>` as without it.
[[nodiscard]] std::string_view route_word(std::string_view target);

}  // namespace rolecall::proxy
