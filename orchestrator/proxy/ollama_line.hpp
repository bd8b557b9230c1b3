#pragma once

#include "orchestrator/proxy/ollama_call.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// What every line of one answer says alike.
struct ollama_voice {
  ollama_call call = ollama_call::chat;  ///< chat lines carry a `message`, others a `response`
  std::string model;                     ///< as the client named it
  std::chrono::system_clock::time_point (*now)() = std::chrono::system_clock::now;
  std::chrono::system_clock::time_point asked{};
};

struct ollama_tool_call {
  std::string id;
  std::string name;
  std::string arguments;  ///< JSON text; a call whose text is no object is left out
};

/// The end of an answer, with llama-server's figures.
struct ollama_ending {
  std::string reason = "stop";      ///< stop, length, load
  std::uint64_t prompt_tokens = 0;  ///< cached ones included
  double prompt_milliseconds = 0;
  std::uint64_t answer_tokens = 0;
  double answer_milliseconds = 0;
};

/// A piece of an answer, or all of it.
struct ollama_turn {
  std::string_view text = {};
  std::string_view thinking = {};
  std::span<const ollama_tool_call> calls = {};
  const ollama_ending* ending = nullptr;  ///< nullptr: more is to come
};

/// Appends one object of /api/chat's or /api/generate's answer, without a line's end.
void append_turn(std::string& out, const ollama_voice& voice, const ollama_turn& turn);

/// Appends `{"error": "…"}`; bytes that are no UTF-8 must not be in `message`.
void append_error(std::string& out, std::string_view message);

/// RFC 3339, in UTC, with microseconds.
[[nodiscard]] std::string timestamp(std::chrono::system_clock::time_point when);

}  // namespace rolecall::proxy
