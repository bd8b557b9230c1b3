#include "orchestrator/proxy/answer_meter.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using namespace std::chrono_literals;
namespace http = boost::beast::http;

namespace {

constexpr answer_meter::time_point begin{1000s};
constexpr std::string_view timings = R"({"timings":{"cache_n":1,"prompt_n":2,"predicted_n":3}})";

response_head head_of(std::string_view content_type, unsigned status = 200) {
  response_head head;
  head.status = status;
  head.fields.add(http::field::content_type, "Content-Type", content_type);
  return head;
}

struct measured_answer {
  answer_ends ends;
  answer_meter meter{ends};

  explicit measured_answer(const response_head& head, bool may_tell = true) {
    meter.begin(head, may_tell);
  }
  void pass(std::string_view text) { meter.pass({{text.data(), text.size()}}); }
};

}  // namespace

TEST_CASE("answer meter: a stream's first piece and the gaps between all are measured") {
  measured_answer answer(head_of("text/event-stream"));
  CHECK(answer.meter.is_stream());
  CHECK_FALSE(answer.meter.passed(begin));  // the head alone
  CHECK(answer.meter.first() == answer_meter::time_point{});
  answer.pass("data: one\n\n");
  CHECK(answer.meter.passed(begin + 2s));
  CHECK(answer.meter.first() == begin + 2s);
  CHECK_FALSE(answer.meter.has_gaps());
  answer.pass("data: two\n\n");
  CHECK_FALSE(answer.meter.passed(begin + 2s + 30ms));
  CHECK_FALSE(answer.meter.passed(begin + 3s));  // nothing new
  answer.pass("data: three\n\n");
  CHECK_FALSE(answer.meter.passed(begin + 4s));
  CHECK(answer.meter.has_gaps());
  rolecall::metrics::gap_counts wanted;
  wanted.add(30ms);
  wanted.add(1970ms);
  CHECK(answer.meter.gaps().counts == wanted.counts);
  CHECK(answer.meter.gaps().sum_seconds == doctest::Approx(2.0));
}

TEST_CASE("answer meter: a comment while the prompt is read is no token") {
  measured_answer answer(head_of("text/event-stream"));
  answer.pass(":\n\n");
  CHECK_FALSE(answer.meter.passed(begin + 30s));
  answer.meter.pass({{":\n\n", 3}, {"data: one\n\n", 11}});
  CHECK(answer.meter.passed(begin + 60s));
  CHECK(answer.meter.first() == begin + 60s);
  answer.pass(": still here\n\n");
  CHECK_FALSE(answer.meter.passed(begin + 90s));
  CHECK_FALSE(answer.meter.has_gaps());
}

TEST_CASE("answer meter: what is no stream has neither first token nor gaps") {
  for (const auto& head : {head_of("application/json"), head_of("text/event-stream", 500)}) {
    measured_answer answer(head);
    CHECK_FALSE(answer.meter.is_stream());
    answer.pass("{}");
    CHECK_FALSE(answer.meter.passed(begin));
    CHECK(answer.meter.first() == answer_meter::time_point{});
    CHECK_FALSE(answer.meter.has_gaps());
  }
}

TEST_CASE("answer meter: JSON and event streams tell their tokens") {
  for (const char* type : {"application/json; charset=utf-8", "Application/JSON",
                           "text/event-stream", "text/event-stream; charset=utf-8"}) {
    measured_answer answer(head_of(type));
    answer.pass(timings.substr(0, 20));
    answer.pass(timings.substr(20));
    const auto tokens = answer.meter.tokens();
    CHECK(tokens.in == 3);
    CHECK(tokens.in_cached == 1);
    CHECK(tokens.out == 3);
  }
}

TEST_CASE("answer meter: errors, other types, compressed answers and other requests tell none") {
  auto compressed = head_of("application/json");
  compressed.fields.add(http::field::content_encoding, "Content-Encoding", "gzip");
  for (const auto& head : {compressed, head_of("text/plain"), head_of("application/json", 400),
                           head_of("application/json", 304), head_of("")}) {
    measured_answer answer(head);
    answer.pass(timings);
    CHECK_FALSE(answer.meter.tokens().is_known());
  }
  measured_answer answer(head_of("application/json"), false);
  answer.pass(timings);
  CHECK_FALSE(answer.meter.tokens().is_known());
}

TEST_CASE("answer meter: an answer that never began tells nothing of the one before") {
  answer_ends ends;
  ends.add(timings);
  const answer_meter meter{ends};
  CHECK_FALSE(meter.tokens().is_known());
}
