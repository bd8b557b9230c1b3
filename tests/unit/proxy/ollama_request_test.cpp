#include "orchestrator/proxy/ollama_request.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

struct sent {
  std::string target;
  std::string body;
};

sent translated(ollama_call call, std::string body) {
  const auto result = translate_request(call, body, "coder");
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  CHECK(result->answer != nullptr);
  return {result->target, result->body};
}

error_response refused(ollama_call call, std::string body) {
  const auto result = translate_request(call, body, "coder");
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

}  // namespace

TEST_CASE("ollama: a chat becomes a chat, and streams unless told otherwise") {
  const auto chat =
      translated(ollama_call::chat,
                 R"({"model":"coder","messages":[{"role":"user","content":"h\u00e9 \"x\""}]})");
  CHECK(chat.target == "/v1/chat/completions");
  CHECK(chat.body == R"({"messages":[{"role":"user","content":"hé \"x\""}],"stream":true})");
  CHECK(translated(ollama_call::chat,
                   R"({"messages":[{"role":"user","content":"a"}],"stream":false})")
            .body == R"({"messages":[{"role":"user","content":"a"}],"stream":false})");
}

TEST_CASE("ollama: options become llama-server's parameters, and those of a process are left out") {
  const auto chat = translated(ollama_call::chat, R"({"messages":[{"role":"user","content":"a"}],
      "stream":false,"options":{"num_predict":5,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.1,
      "seed":42,"stop":["x","y"],"num_keep":3,"num_ctx":4096,"num_thread":8,"penalize_newline":true}})");
  CHECK(
      chat.body ==
      R"({"messages":[{"role":"user","content":"a"}],"stream":false,"temperature":0.5,"top_p":0.9,)"
      R"("top_k":40,"min_p":0.1,"seed":42,"n_keep":3,"stop":["x","y"],"n_predict":5})");
  SUBCASE("a negative num_predict is no limit") {
    CHECK(translated(ollama_call::generate,
                     R"({"prompt":"a","raw":true,"options":{"num_predict":-2,"stop":"z"}})")
              .body == R"({"prompt":"a","stream":true,"stop":["z"]})");
  }
}

TEST_CASE("ollama: a prompt becomes a chat of one message after the system's") {
  const auto plain = translated(
      ollama_call::generate, R"({"model":"m","prompt":"why?","system":"be brief","stream":true})");
  CHECK(plain.target == "/v1/chat/completions");
  CHECK(plain.body ==
        R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"why?"}],)"
        R"("stream":true})");
}

TEST_CASE("ollama: a raw prompt is completed, and one with a suffix is filled in") {
  const auto raw = translated(ollama_call::generate, R"({"prompt":"a","raw":true})");
  CHECK(raw.target == "/completion");
  CHECK(raw.body == R"({"prompt":"a","stream":true})");
  const auto fill = translated(ollama_call::generate, R"({"prompt":"a","suffix":"z"})");
  CHECK(fill.target == "/infill");
  CHECK(fill.body == R"({"input_prefix":"a","input_suffix":"z","stream":true})");
}

TEST_CASE("ollama: the simple form with max_tokens does not stream unless it says so") {
  const auto plain = translated(ollama_call::generate, R"({"prompt":"a","max_tokens":100})");
  CHECK(plain.body ==
        R"({"messages":[{"role":"user","content":"a"}],"stream":false,"n_predict":100})");
  const auto streamed = translated(
      ollama_call::generate, R"({"prompt":"a","max_tokens":9,"stream":true,"temperature":0})");
  CHECK(streamed.body == R"({"messages":[{"role":"user","content":"a"}],"stream":true,)"
                         R"("temperature":0,"n_predict":9})");
}

TEST_CASE("ollama: images become parts of their message, with the type that their bytes show") {
  const auto chat = translated(
      ollama_call::chat,
      R"({"stream":false,"messages":[{"role":"user","content":"see","images":["iVBORw0K","/9j/4AAQ"]}]})");
  CHECK(
      chat.body ==
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"see"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0K"}},)"
      R"({"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/4AAQ"}}]}],"stream":false})");
  CHECK(translated(ollama_call::generate, R"({"images":["iVBORw0K"],"stream":false})")
            .body.find("base64,iVBORw0K") != std::string::npos);
  SUBCASE("what is no base64 could break out of its string, and is refused") {
    const auto error = refused(
        ollama_call::chat,
        R"({"messages":[{"role":"user","content":"see","images":["a\",\"stream\":true"]}]})");
    CHECK(error.status == 400);
    CHECK(error.message.find("base64") != std::string::npos);
  }
  SUBCASE("a large picture stands in the new body whole") {
    const std::string picture(20 << 20, 'A');
    const auto large =
        translated(ollama_call::chat, R"({"messages":[{"role":"user","content":"","images":[")" +
                                          picture + R"("]}]})");
    CHECK(large.body.find(picture) != std::string::npos);
  }
}

TEST_CASE("ollama: calls of tools and their results get ids that match") {
  const auto chat = translated(ollama_call::chat, R"({"stream":false,"messages":[
      {"role":"assistant","content":"","tool_calls":[
        {"function":{"name":"add","arguments":{"a":1,"b":[2.5]}}},{"function":{"name":"now"}}]},
      {"role":"tool","content":"3","tool_name":"add"},{"role":"tool","content":"noon"}],
      "tools":[{"type":"function","function":{"name":"add"}}],"tool_choice":"required"})");
  CHECK(
      chat.body ==
      R"({"messages":[{"role":"assistant","content":"","tool_calls":[)"
      R"({"id":"call_0","type":"function","function":{"name":"add","arguments":"{\"a\":1,\"b\":[2.5]}"}},)"
      R"({"id":"call_1","type":"function","function":{"name":"now","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"3","tool_call_id":"call_0","name":"add"},)"
      R"({"role":"tool","content":"noon","tool_call_id":"call_1"}],"stream":false,)"
      R"("tools":[{"type":"function","function":{"name":"add"}}],"tool_choice":"required"})");
}

TEST_CASE("ollama: format asks for JSON, of any kind or by a schema") {
  const std::string head = R"({"messages":[{"role":"user","content":"a"}],"stream":true,)";
  CHECK(translated(ollama_call::generate, R"({"prompt":"a","format":"json"})").body ==
        head + R"("response_format":{"type":"json_object"}})");
  CHECK(
      translated(ollama_call::generate, R"({"prompt":"a","format":{"type":"array"}})").body ==
      head +
          R"("response_format":{"type":"json_schema","json_schema":{"schema":{"type":"array"}}}})");
  CHECK(translated(ollama_call::generate, R"({"prompt":"a","format":""})").body ==
        R"({"messages":[{"role":"user","content":"a"}],"stream":true})");
  CHECK(translated(ollama_call::generate, R"({"prompt":"a","raw":true,"format":{"type":"array"}})")
            .body == R"({"prompt":"a","stream":true,"json_schema":{"type":"array"}})");
}

TEST_CASE("ollama: think is told to the chat template, and thoughts go back to the model") {
  CHECK(translated(
            ollama_call::chat,
            R"({"messages":[{"role":"assistant","content":"a","thinking":"hm"}],"think":"low"})")
            .body == R"({"messages":[{"role":"assistant","content":"a","reasoning_content":"hm"}],)"
                     R"("stream":true,"chat_template_kwargs":{"enable_thinking":true,)"
                     R"("reasoning_effort":"low"}})");
  CHECK(translated(ollama_call::generate, R"({"prompt":"a","think":false})")
            .body.find(R"({"enable_thinking":false})") != std::string::npos);
}

TEST_CASE("ollama: embeddings take one text or a list") {
  CHECK(translated(ollama_call::embed, R"({"input":["a","b"],"dimensions":8})").target ==
        "/v1/embeddings");
  CHECK(translated(ollama_call::embed, R"({"input":["a","b"],"dimensions":8})").body ==
        R"({"input":["a","b"],"dimensions":8})");
  CHECK(translated(ollama_call::embeddings, R"({"prompt":"a"})").body == R"({"input":"a"})");
}

TEST_CASE("ollama: without a prompt the role is loaded, and never unloaded") {
  for (const auto* body : {R"({"model":"m"})", R"({"prompt":"","keep_alive":"5m"})"}) {
    const auto load = translated(ollama_call::generate, body);
    CHECK(load.target == "/tokenize");
    CHECK(load.body == R"({"content":""})");
  }
  CHECK(translated(ollama_call::chat, R"({"messages":[]})").target == "/tokenize");
  CHECK(translated(ollama_call::embed, R"({"input":[]})").target == "/tokenize");
  CHECK(refused(ollama_call::generate, R"({"keep_alive":0})").status == 501);
  CHECK(refused(ollama_call::chat, R"({"keep_alive":"0s"})").status == 501);
}

TEST_CASE("ollama: of duplicate keys the last one counts") {
  CHECK(translated(ollama_call::generate, R"({"prompt":"a","raw":true,"prompt":"b"})").body ==
        R"({"prompt":"b","stream":true})");
}

TEST_CASE("ollama: what has the wrong type is refused by its name") {
  const auto names = [](ollama_call call, const char* body, std::string_view member) {
    const auto error = refused(call, body);
    CAPTURE(error.message);
    CHECK(error.status == 400);
    CHECK(error.message.find(member) != std::string::npos);
  };
  names(ollama_call::chat, R"({"messages":"hi"})", "messages");
  names(ollama_call::chat, R"({"messages":[1]})", "messages");
  names(ollama_call::chat, R"({"messages":[{"content":"a"}]})", "role");
  names(ollama_call::chat, R"({"messages":[{"role":"user","content":[1]}]})", "content");
  names(ollama_call::chat, R"({"messages":[{"role":"user","images":"a"}]})", "images");
  names(ollama_call::chat, R"({"messages":[{"role":"user","images":[1]}]})", "images");
  names(ollama_call::chat, R"({"messages":[{"role":"assistant","tool_calls":{}}]})", "tool_calls");
  names(ollama_call::chat, R"({"messages":[{"role":"assistant","tool_calls":[1]}]})", "function");
  names(ollama_call::generate, R"({"prompt":["a"]})", "prompt");
  names(ollama_call::generate, R"({"prompt":"a","stream":"yes"})", "stream");
  names(ollama_call::generate, R"({"prompt":"a","raw":1})", "raw");
  names(ollama_call::generate, R"({"prompt":"a","options":[]})", "options");
  names(ollama_call::generate, R"({"prompt":"a","options":{"seed":"x"}})", "seed");
  names(ollama_call::generate, R"({"prompt":"a","options":{"stop":[1]}})", "stop");
  names(ollama_call::generate, R"({"prompt":"a","format":5})", "format");
  names(ollama_call::generate, R"({"prompt":"a","think":5})", "think");
  names(ollama_call::generate, R"({"prompt":"a","max_tokens":"5"})", "max_tokens");
  names(ollama_call::generate, R"({"prompt":"a","raw":true,"images":["iVBO"]})", "images");
  names(ollama_call::embed, R"({"input":5})", "input");
  names(ollama_call::embed, R"({"input":["a",5]})", "input");
}

TEST_CASE("ollama: a body that is no object, or that nests too deeply, is refused") {
  for (const auto* body : {"", "[]", "\"a\"", "{", R"({"a":1} x)", R"({"a":)"})
    CHECK(refused(ollama_call::chat, body).status == 400);
  CHECK(refused(ollama_call::chat, std::string("{\"a\":1\0}", 8)).status == 400);
  const std::string deep(100'000, '[');
  CHECK(refused(ollama_call::chat, R"({"tools":)" + deep).status == 400);
  const auto nested = [](std::size_t levels) {
    return R"({"messages":[{"role":"user","content":"a"}],"tools":)" + std::string(levels, '[') +
           std::string(levels, ']') + "}";
  };
  CHECK(refused(ollama_call::chat, nested(100'000)).message.find("nesting") != std::string::npos);
  CHECK(translated(ollama_call::chat, nested(100)).target == "/v1/chat/completions");
}

TEST_CASE("ollama: a byte order mark is skipped") {
  CHECK(translated(ollama_call::generate, "\xEF\xBB\xBF{\"prompt\":\"a\",\"raw\":true}").body ==
        R"({"prompt":"a","stream":true})");
}
