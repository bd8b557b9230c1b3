#include "orchestrator/tracing/token_counts.hpp"

#include "orchestrator/proxy/answer_ends.hpp"
#include "tests/support/corpus.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using rolecall::tracing::count_tokens;
using rolecall::tracing::token_counts;

namespace {

token_counts counted(std::string_view answer) {
  rolecall::proxy::answer_ends ends;
  ends.add(answer);
  return count_tokens(ends.head(), ends.tail());
}

using count = std::optional<std::uint64_t>;

void check(const token_counts& counts, count in, count in_cached, count out) {
  CHECK(counts.in == in);
  CHECK(counts.in_cached == in_cached);
  CHECK(counts.out == out);
}

}  // namespace

// Recorded of llama-server 0.7.0.
TEST_CASE("tokens: every API's answers tell them, streamed or not") {
  struct row {
    const char* file;
    count in;
    count in_cached;
    count out;
  };
  const auto files = rolecall::test::corpus("tokens");
  for (const auto& [file, in, in_cached, out] : {
           row{"valid-chat.json", 19, 0, 8},
           row{"valid-chat-cached.json", 19, 18, 8},
           row{"valid-chat.sse", 19, 18, 8},
           row{"valid-chat-usage.sse", 19, 18, 8},
           row{"valid-chat-timings-per-token.sse", 19, 18, 4},
           row{"valid-completions.json", 4, 0, 8},
           row{"valid-completions.sse", 4, 3, 8},
           row{"valid-completion.json", 4, 3, 8},
           row{"valid-completion.sse", 4, 3, 8},
           row{"valid-responses.json", 18, 0, 8},
           row{"valid-responses.sse", 18, 17, 8},
           row{"valid-messages.json", 19, 8, 8},
           row{"valid-messages.sse", 19, 18, 8},
           row{"valid-embeddings.json", 14, std::nullopt, std::nullopt},
           row{"valid-rerank.json", 16, std::nullopt, std::nullopt},
       }) {
    CAPTURE(std::string{file});
    const auto found = std::ranges::find(files, file, &rolecall::test::corpus_file::name);
    REQUIRE(found != files.end());
    check(counted(found->bytes), in, in_cached, out);
  }
}

TEST_CASE("tokens: timings tell how long generating took") {
  const auto counts =
      counted(R"({"timings":{"prompt_n":1,"predicted_n":8,"predicted_ms":2417.5}})");
  REQUIRE(counts.generating.has_value());
  CHECK(counts.generating->count() == doctest::Approx(2.4175));
  CHECK_FALSE(counted(R"({"usage":{"prompt_tokens":1}})").generating.has_value());
  CHECK_FALSE(counted(R"({"timings":{"predicted_n":8,"predicted_ms":-1}})").generating.has_value());
  CHECK_FALSE(
      counted(R"({"timings":{"predicted_n":8,"predicted_ms":nan}})").generating.has_value());
}

TEST_CASE("tokens: timings are read in any order") {
  check(counted(R"({"timings":{"predicted_n":8,"x":0.5,"prompt_n":1,"cache_n":18}})"), 19, 18, 8);
  check(counted(R"({"timings":{"cache_n":18,"prompt_n":1,"predicted_n":8}})"), 19, 18, 8);
  check(counted(R"({"timings":{"cache_n":18,"prompt_n":1,"prompt_ms":2.5,"x":1,"predicted_n":8}})"),
        19, 18, 8);
  check(counted(R"({"timings":{"cache_n":18,"prompt_n":1,"prompt_ms":2.5}})"), 19, 18, {});
  const auto counts = counted(
      R"({"timings":{"cache_n":18,"prompt_n":1,"predicted_n":8,"predicted_ms":1e-05,"y":1}})");
  check(counts, 19, 18, 8);
  CHECK(counts.generating->count() == doctest::Approx(1e-8));
  // Not beyond its end.
  check(counted(R"({"timings":{"cache_n":18,"prompt_n":1,"prompt_ms":2},"predicted_n":8,"b":2})"),
        19, 18, {});
  check(counted(R"({"timings":{"cache_n":18,"prompt_n":1},"predicted_n":8,"predicted_ms":2})"), 19,
        18, {});
}

TEST_CASE("tokens: a long answer is counted by its ends") {
  const std::string text(100'000, 'x');
  check(counted(R"({"choices":[{"message":{"content":")" + text +
                R"("}}],"usage":{"completion_tokens":3,"prompt_tokens":2,"prompt_tokens_details":)"
                R"({"cached_tokens":1}},"id":"chatcmpl-1"})"),
        2, 1, 3);
  check(counted(R"({"model":"m","usage":{"prompt_tokens":5,"total_tokens":5},"data":[")" + text +
                R"("]})"),
        5, std::nullopt, std::nullopt);
}

TEST_CASE("tokens: what a model says is not counted") {
  // As llama-server writes it: every quote inside a string is escaped.
  for (const char* content :
       {R"({\"a\":1,\"timings\":{\"cache_n\":7,\"prompt_n\":1000,\"predicted_n\":1000000}})",
        R"(,\"usage\":{\"prompt_tokens\":1})", R"(\\\",\\\"timings\\\":{\\\"prompt_n\\\":1})",
        R"(\\)", R"({\"timings)", R"(\\\\\",\"usage\":{\"prompt_tokens\":1)"}) {
    CAPTURE(std::string{content});
    const auto body = R"({"choices":[{"message":{"content":")" + std::string{content} + R"("}}])";
    check(counted(body + "}"), {}, {}, {});
    check(counted(body + R"(,"timings":{"cache_n":1,"prompt_n":2,"predicted_n":3}})"), 3, 1, 3);
  }
}

TEST_CASE("tokens: a key that only ends like one, and a value that is none, are not counted") {
  for (const char* body :
       {R"({"my_timings":{"prompt_n":1}})", R"({"x\"timings":{"prompt_n":1}})",
        R"({"a":"timings","b":{"prompt_n":1}})", R"({"timings":[{"prompt_n":1}]})",
        R"({"timings":null,"usage":null})", R"({"timings" :{"prompt_n":1}})", R"("usage":{)",
        R"("timings":{"prompt_n":1})", ""})
    check(counted(body), {}, {}, {});
}

TEST_CASE("tokens: an object that is cut, or holds something else, is not counted") {
  const std::string whole = R"({"usage":{"prompt_tokens":11,"a":{"cached_tokens":1},"b":"c"}})";
  check(counted(whole), 11, 1, {});
  for (std::size_t size = 0; size + 1 < whole.size(); ++size)
    check(counted(std::string_view{whole}.substr(0, size)), {}, {}, {});
  check(counted(R"({"usage":{"prompt_tokens":11,"a":[1]}})"), {}, {}, {});
  check(counted(R"({"usage":{"prompt_tokens":11,"a":"b\"c"}})"), {}, {}, {});
  check(counted(R"({"timings":{"a":{"b":{"c":{"prompt_n":1}}}}})"), {}, {}, {});
}

TEST_CASE("tokens: numbers that count nothing are left out") {
  check(counted(R"({"timings":{"cache_n":-1,"prompt_n":1.5,"predicted_n":7}})"), {}, {}, 7);
  check(counted(R"({"timings":{"prompt_n":99999999999999999999999,"predicted_n":4e2}})"), {}, {},
        {});
  // A cache that claims more than the prompt had.
  check(counted(R"({"usage":{"prompt_tokens":3,"x":{"cached_tokens":9},"completion_tokens":1}})"),
        3, 3, 1);
  // Cached tokens of nothing.
  check(counted(R"({"usage":{"x":{"cached_tokens":9},"completion_tokens":1}})"), {}, {}, 1);
}
