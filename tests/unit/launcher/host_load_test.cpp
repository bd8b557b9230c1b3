#include "launcher/host_load.hpp"

#include <doctest/doctest.h>

using namespace rolecall::launcher;

TEST_CASE("host load: pressure totals are seconds") {
  CHECK(parse_stalled_seconds("some avg10=0.36 avg60=1.35 avg300=7.98 total=36902651963\n"
                              "full avg10=0.00 avg60=0.00 avg300=0.00 total=7659") ==
        stalled_seconds{.some = 36902.651963, .full = 0.007659});
}

TEST_CASE("host load: a pressure that is not told is absent") {
  CHECK(parse_stalled_seconds("") == stalled_seconds{});
  // The CPU's before 5.13.
  CHECK(parse_stalled_seconds("some avg10=0.36 avg60=1.35 avg300=7.98 total=2000000") ==
        stalled_seconds{.some = 2});
  CHECK(parse_stalled_seconds("some avg10=0.36 total=x") == stalled_seconds{});
}

TEST_CASE("host load: three averages, or none") {
  CHECK(parse_load_averages("0.27 1.16 192.50 1/98 10338\n") ==
        load_averages{.one = 0.27, .five = 1.16, .fifteen = 192.5});
  CHECK_FALSE(parse_load_averages(""));
  CHECK_FALSE(parse_load_averages("0.27 1.16"));
  CHECK_FALSE(parse_load_averages("0.27 1.16 2,16"));
}

TEST_CASE("host load: the time of all CPUs by what it went to") {
  // user nice system idle iowait irq softirq steal guest guest_nice
  constexpr auto sample =
      "cpu  600 100 1700 2700 50 1 70 60 500 90\n"
      "cpu0 3249443 786771 832813 1437387 3625 0 38099 33444 0 0\nintr 5\n";
  CHECK(parse_cpu_seconds(sample, 100) ==
        cpu_seconds{.user = 7, .system = 17, .idle = 27, .iowait = 0.5, .other = 1.31});
}

TEST_CASE(
    "host load: a kernel that tells four kinds of time is believed, one that tells less is not") {
  CHECK(parse_cpu_seconds("cpu 100 0 200 300", 100) ==
        cpu_seconds{.user = 1, .system = 2, .idle = 3});
  CHECK_FALSE(parse_cpu_seconds("cpu 100 0 200\nctxt 300", 100));
  CHECK_FALSE(parse_cpu_seconds("cpu0 100 0 200 300", 100));
  CHECK_FALSE(parse_cpu_seconds("", 100));
}
