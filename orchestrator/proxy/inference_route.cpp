#include "orchestrator/proxy/inference_route.hpp"

#include "orchestrator/proxy/percent_encoding.hpp"
#include "orchestrator/proxy/target_parts.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace rolecall::proxy {
namespace {

struct inference_route {
  std::string_view path;
  std::string_view word;
};

// Most asked for first.
constexpr std::array<inference_route, 32> inference_routes{{
    {"/v1/chat/completions", "chat_completions"},
    {"/v1/completions", "completions"},
    {"/v1/responses", "responses"},
    {"/v1/embeddings", "embeddings"},
    {"/v1/rerank", "rerank"},
    {"/v1/reranking", "rerank"},
    {"/v1/messages", "messages"},
    {"/v1/messages/count_tokens", "tokenize"},
    {"/v1/chat/completions/input_tokens", "tokenize"},
    {"/v1/responses/input_tokens", "tokenize"},
    {"/v1/audio/transcriptions", "other"},
    {"/v1/chat/completions/control", "other"},
    {"/v1/systemone", "other"},
    {"/chat/completions", "chat_completions"},
    {"/chat/completions/input_tokens", "tokenize"},
    {"/responses/input_tokens", "tokenize"},
    {"/audio/transcriptions", "other"},
    {"/completion", "completions"},
    {"/completions", "completions"},
    {"/responses", "responses"},
    {"/embedding", "embeddings"},
    {"/embeddings", "embeddings"},
    {"/rerank", "rerank"},
    {"/reranking", "rerank"},
    {"/infill", "infill"},
    {"/tokenize", "tokenize"},
    {"/detokenize", "tokenize"},
    {"/apply-template", "tokenize"},
    {"/api/generate", "ollama"},
    {"/api/chat", "ollama"},
    {"/api/embed", "ollama"},
    {"/api/embeddings", "ollama"},
}};
constexpr std::string_view other = "other";

const inference_route* find_route(std::string_view path) noexcept {
  const auto* found = std::ranges::find(inference_routes, path, &inference_route::path);
  return found == inference_routes.end() ? nullptr : found;
}

// Of the front door's own.
bool is_page(std::string_view path) noexcept {
  constexpr std::array<std::string_view, 5> pages = {"/", "/health", "/v1/health", "/models",
                                                     "/v1/models"};
  return std::ranges::find(pages, path) != pages.end() || path.starts_with("/v1/models/");
}

}  // namespace

bool is_inference(std::string_view path) noexcept { return find_route(path) != nullptr; }

std::string_view route_word(std::string_view target) {
  const auto whole = split_target(target).path;
  const auto path = without_role(whole);
  const auto* route = find_route(path);
  if (route == nullptr && path.find('%') != std::string_view::npos) {
    const auto decoded = percent_decode(path);
    route = decoded ? find_route(*decoded) : nullptr;
  }
  if (route != nullptr) return route->word;
  if (path.starts_with("/api/")) return "ollama";
  return path.size() == whole.size() && is_page(path) ? "pages" : other;
}

}  // namespace rolecall::proxy
