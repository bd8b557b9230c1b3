#include "orchestrator/proxy/inference_route.hpp"

#include "orchestrator/metrics/role_metrics.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace rolecall::proxy;

TEST_CASE("route word: each API has one, with /v1 and without, under a role and not") {
  struct row {
    const char* path;
    const char* word;
  };
  for (const auto& [path, word] : {
           row{"/v1/chat/completions", "chat_completions"},
           row{"/chat/completions", "chat_completions"},
           row{"/v1/completions", "completions"},
           row{"/completion", "completions"},
           row{"/v1/responses", "responses"},
           row{"/v1/messages", "messages"},
           row{"/v1/messages/count_tokens", "tokenize"},
           row{"/v1/embeddings", "embeddings"},
           row{"/embedding", "embeddings"},
           row{"/v1/rerank", "rerank"},
           row{"/reranking", "rerank"},
           row{"/infill", "infill"},
           row{"/tokenize", "tokenize"},
           row{"/apply-template", "tokenize"},
           row{"/api/chat", "ollama"},
           row{"/api/embeddings", "ollama"},
           row{"/v1/audio/transcriptions", "other"},
       }) {
    CAPTURE(std::string{path});
    CHECK(is_inference(path));
    CHECK(route_word(path) == word);
    CHECK(route_word(std::string{path} + "?secret=1") == word);
    CHECK(route_word("/roles/coder" + std::string{path}) == word);
    CHECK(route_word("http://host:1" + std::string{path}) == word);
  }
  CHECK(route_word("/v1/chat%2Fcompletions") == "chat_completions");
}

TEST_CASE("route word: the front door's own pages are pages, under a role they are not") {
  for (const char* path : {"/", "/health", "/v1/health", "/models", "/v1/models", "/v1/models/a",
                           "http://host", "/?q"}) {
    CAPTURE(std::string{path});
    CHECK(route_word(path) == "pages");
  }
  CHECK(route_word("/api/tags") == "ollama");
  CHECK(route_word("/roles/coder/health") == "other");
  CHECK(route_word("/roles/coder") == "other");
}

TEST_CASE("route word: whatever is asked for, the word is one that is counted") {
  for (const char* target : {"", "*", "/nowhere", "/v1/chat/completions/", "/roles/", "/roles/a/b",
                             "/v1/chat/completions%", "/v1/CHAT/completions", "//"}) {
    CAPTURE(std::string{target});
    CHECK(route_word(target) == "other");
  }
  for (const char* target : {"/v1/messages", "/", "/api/x", "/infill", "x"})
    CHECK(std::ranges::count(rolecall::metrics::route_words, route_word(target)) == 1);
}
