#include "orchestrator/metrics/catalogue.hpp"
#include "tests/unit/metrics/metric_lines.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;
using rolecall::test::has_line;
using rolecall::test::has_metric;

}  // namespace

TEST_CASE("metrics: requests are counted by role, route and status") {
  catalogue metrics;
  metrics.of("frontdoor").request_finished("chat_completions", 200, 1ms);
  metrics.of("frontdoor").request_finished("chat_completions", 200, 1ms);
  metrics.of("frontdoor").request_finished("tokenize", 200, 1ms);
  metrics.of("").request_finished("other", 404, 1ms);
  const auto text = metrics.text();
  const std::string sample = "rolecall_requests_total{role=";
  CHECK(has_line(text, sample + R"("frontdoor",route="chat_completions",status="200"} 2)"));
  CHECK(has_line(text, sample + R"("frontdoor",route="tokenize",status="200"} 1)"));
  CHECK(has_line(text, sample + R"("",route="other",status="404"} 1)"));
  CHECK(has_line(text, R"(rolecall_request_duration_seconds_count{role="frontdoor"} 3)"));
}

TEST_CASE("metrics: a route or status that is not known never becomes a label") {
  catalogue metrics;
  metrics.of("frontdoor").request_finished("/etc/passwd", 200, 1ms);
  metrics.of("frontdoor").request_finished("", 200, 1ms);
  metrics.of("frontdoor").request_finished("pages", 70000, 1ms);
  metrics.of("frontdoor").request_finished("pages", 99, 1ms);
  const auto text = metrics.text();
  const std::string sample = R"(rolecall_requests_total{role="frontdoor",)";
  CHECK(has_line(text, sample + R"(route="other",status="200"} 2)"));
  CHECK(has_line(text, sample + R"(route="pages",status="100"} 2)"));
  CHECK(text.find("passwd") == std::string::npos);
  CHECK(text.find("70000") == std::string::npos);
}

TEST_CASE("metrics: tokens and bytes of a role are added up") {
  catalogue metrics;
  auto& role = metrics.of("frontdoor");
  role.tokens(100, 60, 7);
  role.tokens(10, 0, 3);
  role.transferred(1000, 5'000'000'000);
  role.transferred(24, 1);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_tokens_in_total{role="frontdoor"} 110)"));
  CHECK(has_line(text, R"(rolecall_tokens_in_cached_total{role="frontdoor"} 60)"));
  CHECK(has_line(text, R"(rolecall_tokens_out_total{role="frontdoor"} 10)"));
  CHECK(has_line(text, R"(rolecall_received_bytes_total{role="frontdoor"} 1024)"));
  CHECK(has_line(text, R"(rolecall_sent_bytes_total{role="frontdoor"} 5000000001)"));
}

TEST_CASE("metrics: a gap between tokens falls into the bucket whose limit it does not exceed") {
  gap_counts gaps;
  gaps.add(0s);
  gaps.add(1ms);
  gaps.add(1001us);
  gaps.add(10s);
  gaps.add(11s);
  CHECK(gaps.counts.front() == 2);
  CHECK(gaps.counts[1] == 1);
  CHECK(gaps.counts[gap_limits.size() - 1] == 1);
  CHECK(gaps.counts.back() == 1);
  CHECK(gaps.sum_seconds == doctest::Approx(21.002001));
}

TEST_CASE("metrics: the gaps of answers are added to their role's histogram") {
  catalogue metrics;
  gap_counts gaps;
  gaps.add(2ms);
  gaps.add(30ms);
  metrics.of("frontdoor").token_gaps(gaps);
  metrics.of("frontdoor").token_gaps(gaps);
  metrics.of("frontdoor").token_gaps({});
  const auto text = metrics.text();
  const std::string name = "rolecall_inter_token_gap_seconds";
  const std::string bucket = name + R"(_bucket{role="frontdoor",le=")";
  CHECK(has_line(text, bucket + R"(0.001"} 0)"));
  CHECK(has_line(text, bucket + R"(0.0025"} 2)"));
  CHECK(has_line(text, bucket + R"(0.025"} 2)"));
  CHECK(has_line(text, bucket + R"(0.05"} 4)"));
  CHECK(has_line(text, bucket + R"(+Inf"} 4)"));
  CHECK(has_line(text, name + R"(_count{role="frontdoor"} 4)"));
  CHECK(has_line(text, name + R"(_sum{role="frontdoor"} 0.064)"));
}

TEST_CASE("metrics: a role that nobody asked for has no series of the data plane") {
  catalogue metrics;
  metrics.waiting("coder", "interactive", 0);
  metrics.tier("coder", "warm");
  metrics.of("frontdoor").in_flight(1);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_request_duration_seconds_count{role="frontdoor"} 0)"));
  CHECK(text.find(R"(_seconds_count{role="coder"})") == std::string::npos);
}

TEST_CASE("metrics: gauges of a role follow both ways") {
  catalogue metrics;
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").in_flight(-1);
  metrics.waiting("frontdoor", "background", 5);
  metrics.waiting("frontdoor", "background", 2);
  const auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_requests_in_flight{role="frontdoor"} 1)"));
  CHECK(has_line(text, R"(rolecall_waiters{priority="background",role="frontdoor"} 2)"));
}

TEST_CASE("metrics: who asks how many requests a role has makes no series of it") {
  catalogue metrics;
  metrics.of("frontdoor").in_flight(1);
  metrics.of("frontdoor").in_flight(1);
  CHECK(metrics.requests_in_flight("frontdoor") == 2);
  CHECK(metrics.requests_in_flight("coder") == 0);
  CHECK(metrics.text().find("coder") == std::string::npos);
}

TEST_CASE("metrics: a role shows the one tier that it has") {
  catalogue metrics;
  metrics.tier("frontdoor", "hot");
  CHECK(has_line(metrics.text(), R"(rolecall_role_tier_info{role="frontdoor",tier="hot"} 1)"));
  metrics.tier("frontdoor", "warm");
  CHECK(has_line(metrics.text(), R"(rolecall_role_tier_info{role="frontdoor",tier="warm"} 1)"));
  CHECK(metrics.text().find(R"(tier="hot")") == std::string::npos);
  metrics.tier("frontdoor", "draft");
  CHECK_FALSE(has_metric(metrics.text(), "rolecall_role_tier_info"));
}

TEST_CASE("metrics: of a role's speed only what is known is shown") {
  catalogue metrics;
  metrics.speed("coder", {.measured = 30, .expected = 40, .acceptance = 0.75});
  auto text = metrics.text();
  CHECK(has_line(text, R"(rolecall_role_tokens_per_second{role="coder"} 30)"));
  CHECK(has_line(text, R"(rolecall_role_expected_tokens_per_second{role="coder"} 40)"));
  CHECK(has_line(text, R"(rolecall_role_speed_ratio{role="coder"} 0.75)"));
  CHECK(has_line(text, R"(rolecall_role_draft_acceptance_ratio{role="coder"} 0.75)"));
  metrics.speed("coder", {.measured = {}, .expected = 40, .acceptance = {}});
  text = metrics.text();
  CHECK(has_metric(text, "rolecall_role_expected_tokens_per_second"));
  CHECK_FALSE(has_metric(text, "rolecall_role_tokens_per_second"));
  CHECK_FALSE(has_metric(text, "rolecall_role_speed_ratio"));
  CHECK_FALSE(has_metric(text, "rolecall_role_draft_acceptance_ratio"));
}

TEST_CASE("metrics: a speed is compared with what is expected, if that is something") {
  CHECK(role_speed{.measured = 10, .expected = 40, .acceptance = {}}.ratio() == 0.25);
  CHECK_FALSE(role_speed{.measured = 10, .expected = {}, .acceptance = {}}.ratio());
  CHECK_FALSE(role_speed{.measured = {}, .expected = 40, .acceptance = {}}.ratio());
  CHECK_FALSE(role_speed{.measured = 10, .expected = 0, .acceptance = {}}.ratio());
}

TEST_CASE("metrics: the control plane's gauges of a role that is gone go, and others' stay") {
  catalogue metrics;
  metrics.waiting("frontdoor", "interactive", 0);
  metrics.waiting("frontdoor", "background", 0);
  metrics.tier("frontdoor", "hot");
  metrics.speed("frontdoor", {.measured = 30, .expected = 40, .acceptance = 0.5});
  metrics.waiting("coder", "background", 1);
  metrics.role_gone("frontdoor");
  metrics.role_gone("never_there");
  const auto text = metrics.text();
  CHECK(text.find("frontdoor") == std::string::npos);
  CHECK(text.find("never_there") == std::string::npos);
  CHECK(has_line(text, R"(rolecall_waiters{priority="background",role="coder"} 1)"));
  metrics.waiting("frontdoor", "interactive", 2);
  CHECK(has_line(metrics.text(), R"(rolecall_waiters{priority="interactive",role="frontdoor"} 2)"));
}
