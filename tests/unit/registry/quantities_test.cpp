#include "registry/quantities.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;
using namespace std::chrono_literals;

TEST_CASE("quantities: sizes count in 1024s with an i and in 1000s without") {
  CHECK(*parse_bytes("4096") == 4096);
  CHECK(*parse_bytes("0") == 0);
  CHECK(*parse_bytes("7B") == 7);
  CHECK(*parse_bytes("2KiB") == 2048);
  CHECK(*parse_bytes("16GiB") == 16ULL << 30);
  CHECK(*parse_bytes("16 GiB") == 16ULL << 30);
  CHECK(*parse_bytes("3TiB") == 3ULL << 40);
  CHECK(*parse_bytes("5KB") == 5'000);
  CHECK(*parse_bytes("5MB") == 5'000'000);
  CHECK(*parse_bytes("505GB") == 505'000'000'000);
  CHECK(*parse_bytes("1.13TB") == 1'130'000'000'000);
  CHECK(*parse_bytes("1.5MiB") == 3ULL << 19);
  CHECK(*parse_bytes("9007199254740993") == 9007199254740993ULL);
}

TEST_CASE("quantities: what is no size is refused with the reason") {
  for (const char* text : {"", "GiB", "-1GiB", "+1", "1gib", "1 G", "1e3", "0x10", "1.5", "1GiB ",
                           " 1GiB", "inf", "nan"}) {
    CAPTURE(text);
    const auto parsed_text = parse_bytes(text);
    REQUIRE(!parsed_text);
    CHECK(parsed_text.error().find("is not a size") != std::string::npos);
  }
  CHECK(parse_bytes("99999999TiB").error() == "'99999999TiB' is larger than any memory");
  CHECK(!parse_bytes("99999999999999999999"));
}

TEST_CASE("quantities: sizes are shown with one decimal") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(1023) == "1023 B");
  CHECK(format_bytes(1024) == "1.0 KiB");
  CHECK(format_bytes(18'600ULL * (1 << 20)) == "18.2 GiB");
  CHECK(format_bytes(19'971'597'926) == "18.6 GiB");
  CHECK(format_bytes((1ULL << 30) - 1) == "1.0 GiB");
  CHECK(format_bytes(~0ULL) == "16.0 EiB");
}

TEST_CASE("quantities: durations are s, m and h, also together") {
  CHECK(*parse_duration("60s") == 60s);
  CHECK(*parse_duration("10m") == 600s);
  CHECK(*parse_duration("2h") == 7200s);
  CHECK(*parse_duration("1h30m") == 5400s);
  CHECK(*parse_duration("1h0m5s") == 3605s);
  CHECK(*parse_duration("0s") == 0s);
}

TEST_CASE("quantities: a duration without a unit is told how to write it") {
  CHECK(parse_duration("60").error() == "'60' has no unit: write 60s for seconds");
  for (const char* text : {"", "s", "1d", "5ms", "-1s", "1.5h", "30m1h", "1s1s", "never"}) {
    CAPTURE(text);
    CHECK(!parse_duration(text));
  }
  CHECK(parse_duration("9000h").error() == "'9000h' is longer than a year");
  CHECK(parse_duration("99999999999h").error() == "'99999999999h' is longer than a year");
}

TEST_CASE("quantities: a formatted duration parses to itself") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90s) == "1m30s");
  CHECK(format_duration(3600s) == "1h");
  CHECK(format_duration(3605s) == "1h5s");
  for (const auto time : {0s, 1s, 59s, 60s, 61s, 3599s, 3600s, 86'399s}) {
    CHECK(*parse_duration(format_duration(time)) == time);
  }
}

TEST_CASE("quantities: measured times read well at every length") {
  CHECK(format_elapsed(38ms) == "38 ms");
  CHECK(format_elapsed(999.9ms) == "1.0 s");
  CHECK(format_elapsed(12.34s) == "12.3 s");
  CHECK(format_elapsed(59.96s) == "1m");
  CHECK(format_elapsed(192s) == "3m12s");
  CHECK(format_elapsed(-1s) == "0 ms");
}

TEST_CASE("quantities: a share is per cent or a fraction") {
  CHECK(*parse_share("15%") == doctest::Approx(0.15));
  CHECK(*parse_share("0.15") == doctest::Approx(0.15));
  CHECK(*parse_share("0") == 0);
  CHECK(!parse_share("15"));
  CHECK(!parse_share("%"));
  CHECK(!parse_share("-5%"));
  CHECK(!parse_share("15 %"));
}

TEST_CASE("quantities: number lists hold numbers and ranges") {
  CHECK(*parse_number_list("0-3,8", 100) == std::vector<int>{0, 1, 2, 3, 8});
  CHECK(*parse_number_list("7", 7) == std::vector<int>{7});
  for (const char* text : {"", ",", "1,", "1-", "-1", "a", "1 ,2", "1--2", "0x1"}) {
    CAPTURE(text);
    CHECK(!parse_number_list(text, 100));
  }
  CHECK(parse_number_list("3-1", 100).error() == "'3-1' counts down: write the lower number first");
  CHECK(parse_number_list("8090-80950", 65535).error() == "'8090-80950' goes beyond 65535");
  CHECK(parse_number_list("0-65535,0", 65535).error() == "'0-65535,0' is too long");
}

TEST_CASE("quantities: an automatic budget leaves the reserve and the safety share") {
  constexpr byte_count gib = 1ULL << 30;
  CHECK(auto_budget({.budget = {}, .os_reserve = 16 * gib, .safety = 0.25}, 100 * gib) == 59 * gib);
  CHECK(auto_budget({.budget = {}, .os_reserve = 16 * gib, .safety = 0.25}, 10 * gib) == 0);
  CHECK(auto_budget({.budget = 7 * gib, .os_reserve = 16 * gib, .safety = 0.25}, 100 * gib) ==
        7 * gib);
}
