#include "orchestrator/proxy/ollama_request.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

// Two milliseconds pass between any two looks at the clock; the first one is at 18:00:01.5.
std::chrono::system_clock::time_point ticks;
std::chrono::system_clock::time_point tick() {
  using namespace std::chrono_literals;
  const auto now = ticks;
  ticks += 2ms;
  return now;
}

std::unique_ptr<answer_translation> answer_to(ollama_call call, std::string body) {
  using namespace std::chrono;
  ticks = sys_days{2024y / 7 / 22} + 18h + 1500ms;
  auto result = translate_request(call, body, "coder", tick);
  REQUIRE(result.has_value());
  return std::move(result->answer);
}

std::string whole(answer_translation& answer, unsigned status, std::string_view body,
                  std::string_view type = "application/json; charset=utf-8") {
  std::string out;
  answer.begin(status, type);
  CHECK_FALSE(answer.is_stream());
  answer.feed(body.substr(0, body.size() / 2), out);
  answer.feed(body.substr(body.size() / 2), out);
  CHECK(out.empty());
  answer.finish(out);
  return out;
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = text.find('\n');
    REQUIRE(end != std::string_view::npos);
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return all;
}

std::vector<std::string> streamed(answer_translation& answer, std::string_view events,
                                  std::size_t piece = std::string_view::npos) {
  std::string out;
  answer.begin(200, "text/event-stream");
  CHECK(answer.is_stream());
  CHECK(answer.content_type() == "application/x-ndjson");
  for (std::size_t at = 0; at < events.size(); at += std::min(piece, events.size() - at))
    answer.feed(events.substr(at, piece), out);
  answer.finish(out);
  return lines(out);
}

constexpr auto user_message = R"({"model":"coder","messages":[{"role":"user","content":"hi"}]})";
constexpr auto user_message_whole =
    R"({"model":"coder","messages":[{"role":"user","content":"hi"}],"stream":false})";

constexpr std::string_view chat_stream =
    R"(data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"hm"}}]}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"The é"}}]}

: a comment

data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"timings":{"cache_n":16,"prompt_n":1,"prompt_ms":1.5,"predicted_n":3,"predicted_ms":0.25}}

data: [DONE]

)";

}  // namespace

TEST_CASE("ollama: a stream of a chat becomes lines of messages, and ends with the figures") {
  const std::vector<std::string> expected = {
      R"({"model":"coder","created_at":"2024-07-22T18:00:01.502000Z","message":{"role":"assistant","content":"","thinking":"hm"},"done":false})",
      R"({"model":"coder","created_at":"2024-07-22T18:00:01.504000Z","message":{"role":"assistant","content":"The é"},"done":false})",
      R"({"model":"coder","created_at":"2024-07-22T18:00:01.506000Z","message":{"role":"assistant","content":""},"done":true,)"
      R"("done_reason":"length","total_duration":6000000,"load_duration":4250000,)"
      R"("prompt_eval_count":17,"prompt_eval_duration":1500000,"eval_count":3,"eval_duration":250000})"};
  CHECK(streamed(*answer_to(ollama_call::chat, user_message), chat_stream) == expected);
  for (const std::size_t piece : {1, 7, 64})
    CHECK(streamed(*answer_to(ollama_call::chat, user_message), chat_stream, piece) == expected);
}

TEST_CASE("ollama: an answer to a prompt is a response, not a message") {
  const auto all = streamed(*answer_to(ollama_call::generate, R"({"prompt":"hi"})"), chat_stream);
  REQUIRE(all.size() == 3);
  CHECK(
      all[0] ==
      R"({"model":"coder","created_at":"2024-07-22T18:00:01.502000Z","response":"","thinking":"hm","done":false})");
  CHECK(all[2].find(R"("response":"","done":true,"done_reason":"length")") != std::string::npos);
}

TEST_CASE("ollama: a stream of a completion becomes lines of responses") {
  const auto all = streamed(
      *answer_to(ollama_call::generate, R"({"model":"x","prompt":"hi","raw":true})"),
      "data: {\"content\":\" The\",\"stop\":false}\n\n"
      "data: {\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\",\"timings\":{\"cache_n\":0,"
      "\"prompt_n\":2,\"prompt_ms\":1,\"predicted_n\":1,\"predicted_ms\":1}}\n\n");
  REQUIRE(all.size() == 2);
  CHECK(
      all[0] ==
      R"({"model":"x","created_at":"2024-07-22T18:00:01.502000Z","response":" The","done":false})");
  CHECK(all[1].find(R"("done":true,"done_reason":"stop")") != std::string::npos);
  CHECK(all[1].find(R"("prompt_eval_count":2)") != std::string::npos);
}

TEST_CASE("ollama: pieces of calls are gathered into whole ones") {
  const auto delta = [](std::string_view calls) {
    return R"(data: {"choices":[{"finish_reason":null,"delta":{"tool_calls":)" +
           std::string{calls} + "}}]}\n\n";
  };
  const auto all = streamed(
      *answer_to(ollama_call::chat, user_message),
      delta(
          R"([{"index":0,"id":"c1","type":"function","function":{"name":"add","arguments":"{"}}])") +
          delta(R"([{"index":0,"function":{"arguments":"\"a\":1}"}}])") +
          delta(R"([{"index":1,"id":"c2","function":{"name":"cut","arguments":"{\"b\""}}])") +
          delta(R"([{"index":99999999,"function":{"name":"far"}},{"index":-1},5])") +
          R"(data: {"choices":[{"finish_reason":"tool_calls","delta":{}}]})" + "\n\n");
  REQUIRE(all.size() == 2);
  CHECK(
      all[0].find(
          R"("tool_calls":[{"id":"c1","function":{"name":"add","arguments":{"a":1}}}]},"done":false)") !=
      std::string::npos);
  CHECK(all[1].find(R"("done":true,"done_reason":"stop")") != std::string::npos);
}

TEST_CASE("ollama: a whole answer is one object with text, thoughts, calls and figures") {
  auto answer = answer_to(ollama_call::chat, user_message_whole);
  const auto text = whole(
      *answer, 200,
      R"({"choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","content":"so",)"
      R"("reasoning_content":"hm","tool_calls":[{"type":"function","id":"x","function":{"name":"f","arguments":"{\"c\":\"red\"}"}}]}}],)"
      R"("timings":{"cache_n":0,"prompt_n":2,"prompt_ms":1,"predicted_n":4,"predicted_ms":1}})");
  CHECK(answer->content_type() == "application/json; charset=utf-8");
  CHECK(
      text ==
      R"({"model":"coder","created_at":"2024-07-22T18:00:01.502000Z","message":{"role":"assistant","content":"so","thinking":"hm",)"
      R"("tool_calls":[{"id":"x","function":{"name":"f","arguments":{"c":"red"}}}]},"done":true,"done_reason":"stop",)"
      R"("total_duration":2000000,"load_duration":0,"prompt_eval_count":2,"prompt_eval_duration":1000000,)"
      R"("eval_count":4,"eval_duration":1000000})");
}

TEST_CASE("ollama: embeddings keep their numbers as they were written") {
  constexpr auto vectors =
      R"({"data":[{"embedding":[-0.005117397755384445,1e-7]},{"embedding":[3]}],"usage":{"prompt_tokens":7}})";
  CHECK(whole(*answer_to(ollama_call::embed, R"({"model":"e","input":["a","b"]})"), 200, vectors) ==
        R"({"model":"e","embeddings":[[-0.005117397755384445,1e-7],[3]],"total_duration":2000000,)"
        R"("load_duration":0,"prompt_eval_count":7})");
  CHECK(whole(*answer_to(ollama_call::embeddings, R"({"prompt":"a"})"), 200, vectors) ==
        R"({"embedding":[-0.005117397755384445,1e-7]})");
  CHECK(whole(*answer_to(ollama_call::embeddings, R"({"prompt":""})"), 200, "{}") ==
        R"({"embedding":[]})");
}

TEST_CASE("ollama: a load is told when the role has answered") {
  auto answer = answer_to(ollama_call::generate, R"({"model":"coder"})");
  CHECK(whole(*answer, 200, R"({"tokens":[]})") ==
        R"({"model":"coder","created_at":"2024-07-22T18:00:01.502000Z","response":"","done":true,)"
        R"("done_reason":"load","total_duration":2000000,"load_duration":2000000})"
        "\n");
}

TEST_CASE("ollama: errors are told in Ollama's form") {
  const auto told = [](std::string_view body) {
    auto answer = answer_to(ollama_call::chat, user_message);
    auto text = whole(*answer, 400, body);
    CHECK(answer->content_type() == "application/json; charset=utf-8");
    return text;
  };
  CHECK(told(R"({"error":{"code":400,"message":"'messages' is \"wrong\"","type":"x"}})") ==
        R"({"error":"'messages' is \"wrong\""})");
  CHECK(told(R"({"error":"plain"})") == R"({"error":"plain"})");
  for (const auto* other : {"", "<html>", "[1]", R"({"error":{}})", R"({"error":5})"})
    CHECK(told(other) == R"({"error":"the llama-server answered with status 400"})");
}

TEST_CASE("ollama: an error within a stream ends it") {
  const auto all = streamed(*answer_to(ollama_call::chat, user_message),
                            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
                            "data: {\"error\":{\"code\":500,\"message\":\"out of context\"}}\n\n"
                            "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n");
  REQUIRE(all.size() == 2);
  CHECK(all[1] == R"({"error":"out of context"})");
}

TEST_CASE("ollama: a stream that ends early, breaks off or is garbled says so in its last line") {
  const std::string begun = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
  const auto early = streamed(*answer_to(ollama_call::chat, user_message), begun);
  REQUIRE(early.size() == 2);
  CHECK(early[1].find("incomplete") != std::string::npos);
  const auto garbled =
      streamed(*answer_to(ollama_call::chat, user_message), begun + "data: {x\n\n");
  REQUIRE(garbled.size() == 2);
  CHECK(garbled[1].starts_with(R"({"error":)"));

  auto answer = answer_to(ollama_call::chat, user_message);
  std::string out;
  answer->begin(200, "text/event-stream");
  answer->feed(begun + "data: {", out);
  answer->break_off({.message = "the llama-server broke off"}, out);
  answer->finish(out);
  CHECK(lines(out).back() == R"({"error":"the llama-server broke off"})");
}

TEST_CASE("ollama: answers of unexpected shapes do not end the daemon") {
  for (
      const auto* body :
      {"", "5", "[]", "{}", R"({"choices":5})", R"({"choices":[]})", R"({"choices":[5]})",
       R"({"choices":[{"message":5,"finish_reason":5}],"timings":5})",
       R"({"choices":[{"message":{"content":5,"tool_calls":[{"function":5},{"function":{"name":5}}]}}]})",
       R"({"choices":[{"message":{}}],"timings":{"prompt_n":-1,"prompt_ms":1e300,"predicted_ms":"x"}})"}) {
    CAPTURE(body);
    CHECK(whole(*answer_to(ollama_call::chat, user_message_whole), 200, body).starts_with('{'));
    CHECK(whole(*answer_to(ollama_call::embed, R"({"input":"a"})"), 200, body).starts_with('{'));
    const auto stream = "data: " + std::string{body} + "\n\n";
    CHECK(streamed(*answer_to(ollama_call::chat, user_message), stream).size() <= 2);
  }
  CHECK(whole(*answer_to(ollama_call::embed, R"({"input":"a"})"), 200,
              R"({"data":[5,{"embedding":5},{"embedding":[{},1]}]})")
            .starts_with('{'));
}
