#pragma once

#include <optional>
#include <string_view>

namespace rolecall::proxy {

/// The calls of Ollama's API that a role's llama-server answers after translation.
enum class ollama_call { generate, chat, embed, embeddings };

/// `/api/generate`, `/api/chat`, `/api/embed` or `/api/embeddings`; nullopt: another path.
[[nodiscard]] constexpr std::optional<ollama_call> ollama_call_of(std::string_view path) noexcept {
  if (path == "/api/generate") return ollama_call::generate;
  if (path == "/api/chat") return ollama_call::chat;
  if (path == "/api/embed") return ollama_call::embed;
  if (path == "/api/embeddings") return ollama_call::embeddings;
  return std::nullopt;
}

}  // namespace rolecall::proxy
