#include "orchestrator/proxy/ollama_request.hpp"
#include "tests/fuzz/judgement.hpp"
#include "tests/fuzz/pieces.hpp"

#include <rapidjson/document.h>

namespace rolecall::test {
namespace {

std::chrono::system_clock::time_point noon() {
  return std::chrono::system_clock::time_point{std::chrono::hours{12}};
}

bool is_object(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag>(text.data(), text.size());
  return !document.HasParseError() && document.IsObject();
}

boost::system::result<proxy::translated_request, proxy::error_response> translated(
    proxy::ollama_call call, std::string_view body) {
  std::string copy{body};
  return proxy::translate_request(call, copy, "role", noon);
}

struct upstream_answer {
  std::string_view type;
  std::vector<std::vector<char>> pieces;
};

std::string told(proxy::answer_translation& translation, const upstream_answer& answer) {
  std::string out;
  translation.begin(200, answer.type);
  for (const auto& piece : answer.pieces) translation.feed({piece.data(), piece.size()}, out);
  translation.finish(out);
  return out;
}

// One object, or one a line.
std::string broken_answer(std::string_view answer) {
  while (!answer.empty()) {
    const auto line = answer.substr(0, answer.find('\n'));
    if (!line.empty() && !is_object(line)) return "the client gets what is no JSON object";
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
  }
  return {};
}

}  // namespace

judgement judge_ollama(std::string_view bytes) {
  const auto line_end = std::min(bytes.find('\n'), bytes.size());
  const auto call = proxy::ollama_call_of(bytes.substr(0, line_end));
  if (!call) return {};
  const auto body = bytes.substr(std::min(line_end + 1, bytes.size()));
  const auto asked = translated(*call, body);
  judgement found{.valid = asked.has_value(), .broken = {}};
  if (!asked) {
    if (asked.error().message.empty()) found.broken = "a refusal says nothing";
    return found;
  }
  if (!is_object(asked->body)) found.broken = "the translation is no JSON object";
  if (!asked->target.starts_with('/')) found.broken = "the translation has no target";
  // The same bytes, once more, as what a broken upstream may say.
  for (const std::string_view type : {"text/event-stream", "application/json"}) {
    const std::vector<char> whole(body.begin(), body.end());
    const auto as_one = told(*translated(*call, body)->answer, {type, {whole}});
    const auto as_many = told(*translated(*call, body)->answer, {type, pieces_of(body)});
    if (as_one != as_many) found.broken = "the pieces are told otherwise";
    if (auto broken = broken_answer(as_one); !broken.empty()) found.broken = std::move(broken);
  }
  return found;
}

}  // namespace rolecall::test
