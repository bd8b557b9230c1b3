#include "orchestrator/tracing/trace_context.hpp"

#include <string>

#include <doctest/doctest.h>

using rolecall::tracing::trace_id_of;

namespace {

constexpr std::string_view trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string good = "00-" + std::string{trace} + "-00f067aa0ba902b7-01";

// The good one with its byte at `at` replaced.
std::string with(std::size_t at, char c) {
  auto field = good;
  field[at] = c;
  return field;
}

}  // namespace

TEST_CASE("trace context: the trace id is the field's second part") {
  CHECK(trace_id_of(good) == trace);
  CHECK(trace_id_of("00-" + std::string{trace} + "-00f067aa0ba902b7-00") == trace);
}

TEST_CASE("trace context: versions to come may say more, the present one may not") {
  CHECK(trace_id_of("cc" + good.substr(2)) == trace);
  CHECK(trace_id_of("cc" + good.substr(2) + "-what-comes") == trace);
  CHECK(trace_id_of("cc" + good.substr(2) + "more") == "");
  CHECK(trace_id_of(good + "-more") == "");
  CHECK(trace_id_of("ff" + good.substr(2)) == "");
}

TEST_CASE("trace context: what is malformed names no trace") {
  for (const std::string& field : {std::string{},
                                   std::string{"00"},
                                   good.substr(1),
                                   good.substr(0, good.size() - 1),
                                   good + "0",
                                   with(2, '_'),
                                   with(35, '_'),
                                   with(52, '_'),
                                   with(0, 'g'),
                                   with(1, ' '),
                                   with(3, 'A'),
                                   with(34, 'F'),
                                   with(36, 'x'),
                                   with(51, '\0'),
                                   with(53, 'Z'),
                                   with(54, '-'),
                                   "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
                                   "00-" + std::string{trace} + "-0000000000000000-01",
                                   std::string(55, '-'),
                                   std::string(10'000, '0')}) {
    CAPTURE(field);
    CHECK(trace_id_of(field) == "");
  }
}
