#include "tools/rolectl/chat_stream.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;

chat_step read(const char* data) { return read_chat_step({"message", data}); }

}  // namespace

TEST_CASE("rolectl chat: the request asks one role one thing, streamed") {
  CHECK(
      chat_request("frontdoor", "say \"hi\"\n", 0) ==
      R"({"model":"frontdoor","messages":[{"role":"user","content":"say \"hi\"\n"}],"stream":true})");
  CHECK(chat_request("a", "b", 7) ==
        R"({"model":"a","messages":[{"role":"user","content":"b"}],"stream":true,"max_tokens":7})");
}

TEST_CASE("rolectl chat: text and reasoning are told apart") {
  auto step = read(R"({"choices":[{"delta":{"content":"Hello"},"finish_reason":null}]})");
  CHECK(step.text == "Hello");
  CHECK_FALSE(step.finished);
  step = read(R"({"choices":[{"delta":{"reasoning_content":"Hm"}}]})");
  CHECK(step.reasoning == "Hm");
  CHECK(step.text.empty());
}

TEST_CASE("rolectl chat: the last step tells the timings, accepted drafts included") {
  const auto step = read(
      R"({"choices":[{"delta":{},"finish_reason":"stop"}],"timings":{"prompt_n":12,"prompt_per_second":210.04,)"
      R"("predicted_n":42,"predicted_per_second":31.25,"draft_n":48,"draft_n_accepted":30}})");
  CHECK(step.finished);
  REQUIRE(step.timings);
  CHECK(timing_words(*step.timings) ==
        "42 tokens at 31.2/s, prompt 12 tokens at 210.0/s, 30 of 48 drafted tokens accepted");
  chat_timings plain = *step.timings;
  plain.drafted = 0;
  CHECK(timing_words(plain) == "42 tokens at 31.2/s, prompt 12 tokens at 210.0/s");
  CHECK(read("[DONE]").finished);
}

TEST_CASE("rolectl chat: an error inside the stream is an error, whatever its shape") {
  CHECK(read(R"({"error":{"message":"upstream died","code":502}})").error == "upstream died");
  CHECK(read(R"({"error":"odd"})").error == R"({"error":"odd"})");
  CHECK(read("<html>").error == "the stream holds something that is no JSON");
  CHECK_FALSE(read(R"({"choices":[]})").error);
  CHECK_FALSE(read(R"({"choices":"odd","timings":[]})").error);
}
