#include "orchestrator/observation/engine_metrics.hpp"

#include "tests/support/file_text.hpp"

#include <doctest/doctest.h>

namespace rolecall::observation {

namespace {

/// As a real llama-server 0.7.0 said it.
engine_answer recorded(const char* name) {
  return parse_engine_metrics(test::file_text(std::filesystem::path(ROLECALL_SOURCE_DIR) /
                                              "tests/fuzz/corpus/metrics" / name));
}

std::string refusal(std::string_view text) {
  const auto answer = parse_engine_metrics(text);
  return answer ? "none" : answer.error();
}

}  // namespace

TEST_CASE("engine metrics: what 0.7.0 says after two requests") {
  const auto sample = recorded("valid-0.7.0");
  REQUIRE(sample.has_value());
  CHECK(*sample == metrics::engine_sample{.prompt_tokens = 26,
                                          .cached_tokens = 24,
                                          .predicted_tokens = 80,
                                          .decodes = 80,
                                          .prompt_seconds = 0.005028,
                                          .predicted_seconds = 0.030275});
}

TEST_CASE("engine metrics: drafts, and none of the totals by position") {
  const auto sample = recorded("valid-0.7.0-drafts");
  REQUIRE(sample.has_value());
  CHECK(*sample == metrics::engine_sample{.prompt_tokens = 27,
                                          .cached_tokens = 48,
                                          .predicted_tokens = 135,
                                          .decodes = 25,
                                          .draft_tokens = 528,
                                          .accepted_tokens = 110,
                                          .prompt_seconds = 0.261294,
                                          .predicted_seconds = 1.18065});
}

TEST_CASE("engine metrics: a total above a million comes in six digits") {
  const auto sample = recorded("valid-0.7.0-million");
  REQUIRE(sample.has_value());
  CHECK(sample->cached_tokens == 1'235'880);
}

TEST_CASE("engine metrics: what an older engine does not tell is 0") {
  const auto sample = recorded("valid-older");
  REQUIRE(sample.has_value());
  CHECK(*sample == metrics::engine_sample{.prompt_tokens = 7, .processing = 1});
}

TEST_CASE("engine metrics: gauges of slots and of requests that wait for one") {
  const auto sample =
      parse_engine_metrics("llamacpp:requests_processing 4\nllamacpp:requests_deferred 17\n");
  REQUIRE(sample.has_value());
  CHECK(*sample == metrics::engine_sample{.processing = 4, .deferred = 17});
}

TEST_CASE("engine metrics: counts beyond what a double holds are exact") {
  const auto sample = parse_engine_metrics("llamacpp:prompt_tokens_total 9007199254740993\n");
  REQUIRE(sample.has_value());
  CHECK(sample->prompt_tokens == 9007199254740993ULL);
}

TEST_CASE("engine metrics: a part with labels is not taken for the whole") {
  const auto sample =
      parse_engine_metrics("llamacpp:n_decode_total 8\nllamacpp:n_decode_total{slot=\"} 3\"} 5\n");
  REQUIRE(sample.has_value());
  CHECK(sample->decodes == 8);
}

TEST_CASE("engine metrics: a refusal says what is wrong") {
  CHECK(refusal("") == "it tells no metric of llama-server's");
  CHECK(refusal("process_cpu_seconds_total 5\n") == "it tells no metric of llama-server's");
  CHECK(refusal("# HELP x y\nllamacpp:n_decode_total 5\n<html>\n") ==
        "line 3 of its metrics is not of the text form");
  CHECK(refusal("llamacpp:n_decode_total 5\nllamacpp:prompt_seconds_total nan\n") ==
        "its llamacpp:prompt_seconds_total is no number that counts");
  CHECK(refusal("llamacpp:requests_processing 4294967296\n") ==
        "its llamacpp:requests_processing is no number that counts");
}

}  // namespace rolecall::observation
