#pragma once

#include "orchestrator/proxy/ollama_body.hpp"

namespace rolecall::proxy {

// Ollama's messages as those of /v1/chat/completions. What is wrong with them becomes a fault of
// the body, and what has been written then is worthless.

/// The array for the body's `messages`: texts, images, thinking, calls of tools and their results.
void write_messages(ollama_body& body, body_writer& writer);

/// The array for a body that has a `prompt`: `system` if there is one, then the prompt and its
/// `images`.
void write_prompt(ollama_body& body, body_writer& writer);

}  // namespace rolecall::proxy
