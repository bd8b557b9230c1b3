#include "orchestrator/metrics/text_form.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;

constexpr definition doors{"doors", metric_type::gauge, {"wing", "floor"}, "Doors."};

std::string value_text(double value) {
  std::string text;
  append_sample(text, "x", "", value);
  REQUIRE(text.starts_with("x "));
  REQUIRE(text.ends_with('\n'));
  return text.substr(2, text.size() - 3);
}

}  // namespace

TEST_CASE("text form: labels stand by name, whatever their order in the definition is") {
  CHECK(labels_text(doors, std::array<std::string_view, 2>{"west", "1"}) ==
        R"(floor="1",wing="west")");
  CHECK(labels_text(doors, std::array<std::string_view, 1>{"west"}) == R"(wing="west")");
  CHECK(labels_text(doors, {}).empty());
}

TEST_CASE("text form: backslashes, quotes and line ends of label values are escaped") {
  CHECK(labels_text(doors, std::array<std::string_view, 1>{"a\\b\"c\nd"}) ==
        R"(wing="a\\b\"c\nd")");
  CHECK(labels_text(doors, std::array<std::string_view, 1>{"größer {,}"}) ==
        R"(wing="größer {,}")");
}

TEST_CASE("text form: backslashes and line ends of a help are escaped, and quotes are not") {
  std::string text;
  append_heading(text, {"doors", metric_type::counter, {}, "The \"doors\" \\ gates\nof it."});
  CHECK(text ==
        "# HELP doors The \"doors\" \\\\ gates\\nof it.\n"
        "# TYPE doors counter\n");
}

TEST_CASE("text form: a sample with labels and one without") {
  std::string text;
  append_sample(text, "doors", R"(wing="west")", 3);
  append_sample(text, "doors", "", 4);
  CHECK(text == "doors{wing=\"west\"} 3\ndoors 4\n");
}

TEST_CASE("text form: numbers are the shortest that read back as the same value") {
  CHECK(value_text(0) == "0");
  CHECK(value_text(-3) == "-3");
  CHECK(value_text(0.1) == "0.1");
  CHECK(value_text(1.0 / 3) == "0.3333333333333333");
  CHECK(value_text(1e-9) == "1e-09");
  CHECK(value_text(4'000'000) == "4000000");
  CHECK(value_text(9'007'199'254'740'991.0) == "9007199254740991");
  CHECK(std::stod(value_text(1e300)) == 1e300);
  CHECK(std::stod(value_text(-1.7976931348623157e308)) == -1.7976931348623157e308);
}

TEST_CASE("text form: what is no number, or infinite, is written as Prometheus reads it") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(value_text(std::nan("")) == "NaN");
  CHECK(value_text(infinity) == "+Inf");
  CHECK(value_text(-infinity) == "-Inf");
}

TEST_CASE("text form: a histogram has its count, its sum and its buckets up to the infinite one") {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = 3;
  histogram.sample_sum = 12.5;
  histogram.bucket = {{1, 0.25}, {2, 10}, {3, std::numeric_limits<double>::infinity()}};
  std::string text;
  append_histogram(text, "wait_seconds", R"(role="a")", histogram);
  CHECK(text ==
        "wait_seconds_count{role=\"a\"} 3\n"
        "wait_seconds_sum{role=\"a\"} 12.5\n"
        "wait_seconds_bucket{role=\"a\",le=\"0.25\"} 1\n"
        "wait_seconds_bucket{role=\"a\",le=\"10\"} 2\n"
        "wait_seconds_bucket{role=\"a\",le=\"+Inf\"} 3\n");
  text.clear();
  append_histogram(text, "wait_seconds", "", histogram);
  CHECK(text ==
        "wait_seconds_count 3\n"
        "wait_seconds_sum 12.5\n"
        "wait_seconds_bucket{le=\"0.25\"} 1\n"
        "wait_seconds_bucket{le=\"10\"} 2\n"
        "wait_seconds_bucket{le=\"+Inf\"} 3\n");
}
