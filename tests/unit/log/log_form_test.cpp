#include "orchestrator/log/log_form.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall;

namespace {

constexpr log_form bare_json{.format = log_format::json, .prefixed = false};

std::string beginning(log_form form) {
  using namespace std::chrono;
  const sys_days day = year{2025} / 3 / 9;
  std::string line;
  begin_line(line, form,
             {day + 7h + 5min + 2s + 41ms, priority::notice, component::supervision, "transition"});
  return line;
}

/// A line with one value, as both forms write it.
std::string text_of(std::string_view value) {
  std::string line;
  append_member(line, log_format::text, "k", value);
  return line;
}
std::string json_of(std::string_view value) {
  std::string line;
  append_member(line, log_format::json, "k", value);
  return line;
}

}  // namespace

TEST_CASE("log form: JSON is one object a line, with time, level, component, event and values") {
  auto line = beginning(bare_json);
  append_member(line, log_format::json, "role", "frontdoor");
  append_member(line, log_format::json, "pid", std::int64_t{-12});
  append_member(line, log_format::json, "seconds", 0.0625);
  append_member(line, log_format::json, "reason", "");
  end_line(line, log_format::json);
  CHECK(line == R"({"time":"2025-03-09T07:05:02.041Z","level":"notice","component":"supervision",)"
                R"("event":"transition","role":"frontdoor","pid":-12,"seconds":0.062500})"
                "\n");
  rapidjson::Document parsed;
  CHECK_FALSE(parsed.Parse(line.c_str()).HasParseError());
  CHECK(parsed["pid"].IsInt64());
  CHECK(parsed["seconds"].GetDouble() == 0.0625);
}

TEST_CASE("log form: text is the event and key=value pairs; the priority stands before either") {
  auto line = beginning({.format = log_format::text, .prefixed = true});
  append_member(line, log_format::text, "pid", std::int64_t{12});
  append_member(line, log_format::text, "seconds", 1.5);
  end_line(line, log_format::text);
  CHECK(line == "<5>transition pid=12 seconds=1.500000\n");
  CHECK(beginning({.format = log_format::text, .prefixed = false}) == "transition");
  CHECK(beginning({.format = log_format::json, .prefixed = true}).starts_with("<5>{\"time\":"));
}

TEST_CASE("log form: JSON's strings are escaped, and bytes that are no UTF-8 replaced") {
  CHECK(json_of("a\"b\\c\nd\x01") == R"(,"k":"a\"b\\c\nd\u0001")");
  CHECK(json_of("größer → 1") == R"(,"k":"größer → 1")");
  CHECK(json_of("a\xff") == ",\"k\":\"a\uFFFD\"");
  CHECK(json_of("\xc3(\xe2\x82") == ",\"k\":\"\uFFFD\uFFFD\"");
  for (const std::string_view value : {"\xc3(", "\xf0\x9f", "\x80\x80", "\xed\xa0\x80", "é\xe9"}) {
    auto line = beginning(bare_json) + json_of(value);
    end_line(line, log_format::json);
    rapidjson::Document parsed;
    CHECK_FALSE(parsed.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str()).HasParseError());
  }
}

TEST_CASE("log form: text quotes what would be read as something else") {
  CHECK(text_of("plain") == " k=plain");
  CHECK(text_of("two words") == R"( k="two words")");
  CHECK(text_of("a=b") == R"( k="a=b")");
  CHECK(text_of("say \"no\"") == R"( k="say \"no\"")");
  CHECK(text_of("one\ntwo") == R"( k="one\ntwo")");
  CHECK(text_of("\x1b[2J") == R"( k="?[2J")");
  CHECK(text_of("\x7f") == R"( k="?")");
  CHECK(text_of("größer") == " k=größer");
  CHECK(text_of("a\xff") == " k=a\uFFFD");
  CHECK(text_of("").empty());
}

TEST_CASE("log form: numbers that JSON has no form for are left out") {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity(), -1e300}) {
    std::string line;
    append_member(line, log_format::json, "k", value);
    CHECK(line.empty());
  }
}

TEST_CASE("log form: people see no priorities, JSON is prefixed for the journal alone") {
  const auto prefixed = [](log_format format, bool is_terminal, bool is_journal) {
    return form_for(format, is_terminal, is_journal).prefixed;
  };
  CHECK_FALSE(prefixed(log_format::text, true, false));
  CHECK(prefixed(log_format::text, false, false));
  CHECK(prefixed(log_format::text, false, true));
  CHECK_FALSE(prefixed(log_format::json, true, false));
  CHECK_FALSE(prefixed(log_format::json, false, false));
  CHECK(prefixed(log_format::json, false, true));
  CHECK(form_for(log_format::json, false, false).format == log_format::json);
}

TEST_CASE("log form: $JOURNAL_STREAM means stderr when both numbers are its own") {
  CHECK(names_stream("9:213214", 9, 213214));
  CHECK_FALSE(names_stream("9:213214", 9, 213215));
  CHECK_FALSE(names_stream("9:213214", 8, 213214));
  for (const std::string_view wrong : {"", "9", "9:", ":213214", "9:213214x", "9 213214", "x:1"})
    CHECK_FALSE(names_stream(wrong, 9, 213214));
}

TEST_CASE("log form: a format has a name") {
  CHECK(find_log_format("text") == log_format::text);
  CHECK(find_log_format("json") == log_format::json);
  CHECK_FALSE(find_log_format("yaml"));
}
