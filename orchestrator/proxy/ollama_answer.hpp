#pragma once

#include "orchestrator/proxy/answer_translation.hpp"
#include "orchestrator/proxy/event_splitter.hpp"
#include "orchestrator/proxy/ollama_call.hpp"
#include "orchestrator/proxy/ollama_line.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/fwd.h>

namespace rolecall::proxy {

/// llama-server's answers as Ollama's: one object, or a stream of server-sent events as lines of
/// JSON. Errors become `{"error": "…"}`.
class ollama_answer final : public answer_translation {
 public:
  /// Which route of llama-server answers.
  enum class origin {
    chat,        ///< /v1/chat/completions
    completion,  ///< /completion, /infill
    embeddings,  ///< /v1/embeddings
    load,        ///< /tokenize: its answer says nothing but that the role is there
  };

  /// `streamed`: what the client asked for.
  ollama_answer(origin from, ollama_voice voice, bool streamed);

  void begin(unsigned status, std::string_view content_type) override;
  [[nodiscard]] bool is_stream() const noexcept override { return events_; }
  [[nodiscard]] std::string_view content_type() const noexcept override;
  void feed(std::string_view piece, std::string& out) override;
  void finish(std::string& out) override;
  void break_off(const error_response& why, std::string& out) override;

 private:
  void take_event(std::string_view text, std::string& out);
  void take_chunk(const rapidjson::Value& chunk, std::string& out);
  void take_delta(const rapidjson::Value& delta, std::string& out);
  void take_tool_calls(const rapidjson::Value& calls);
  void take_ending(const rapidjson::Value& chunk);
  void end_stream(std::string& out);
  void write_whole(std::string& out);
  void write_message(const rapidjson::Value& answer, std::string& out);

  origin from_;
  ollama_voice voice_;
  bool streamed_;
  unsigned status_ = 0;
  bool events_ = false;  // the upstream answers with a stream
  bool failed_ = false;  // the client has been told of an error

  event_splitter splitter_;
  std::string body_;  // of an answer that comes whole
  std::vector<ollama_tool_call> calls_;
  ollama_ending ending_;
  bool ended_ = false;  // ending_ has been told by the upstream
};

}  // namespace rolecall::proxy
