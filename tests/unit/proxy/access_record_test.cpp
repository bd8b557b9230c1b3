#include "orchestrator/proxy/access_record.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::proxy;
using namespace std::chrono_literals;

namespace {

std::string line_of(const access_record& record) {
  std::string line;
  append_line(line, record);
  return line;
}

}  // namespace

TEST_CASE("access record: a line tells everything, in a fixed order") {
  CHECK(line_of({.arrived = std::chrono::system_clock::time_point{1'764'000'000'007ms},
                 .request_id = "r-1",
                 .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                 .client = "10.0.0.1",
                 .key = "ann",
                 .role = "coder",
                 .instance = "coder-2",
                 .method = "POST",
                 .target = "/v1/chat/completions?secret=1",
                 .status = 200,
                 .bytes_in = 1234,
                 .bytes_out = 56'789,
                 .queue = 0.25s,
                 .first_byte = 1.5s,
                 .total = 12.000034s,
                 .outcome = request_outcome::answered}) ==
        R"({"time":"2025-11-24T16:00:00.007Z","request_id":"r-1",)"
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","client":"10.0.0.1","key":"ann",)"
        R"("role":"coder","instance":"coder-2","method":"POST","path":"/v1/chat/completions",)"
        R"("status":200,"bytes_in":1234,"bytes_out":56789,"queue_seconds":0.250000,)"
        R"("first_byte_seconds":1.500000,"total_seconds":12.000034,"outcome":"answered"})"
        "\n");
}

TEST_CASE("access record: what is not known is null") {
  CHECK(line_of({.outcome = request_outcome::client_gone}) ==
        R"({"time":"1970-01-01T00:00:00.000Z","request_id":null,"trace_id":null,"client":null,)"
        R"("key":null,"role":null,"instance":null,"method":null,"path":null,"status":0,)"
        R"("bytes_in":0,"bytes_out":0,"queue_seconds":null,"first_byte_seconds":null,)"
        R"("total_seconds":0.000000,"outcome":"client_gone"})"
        "\n");
}

TEST_CASE("access record: no client can write a line of its own or break the JSON") {
  const std::string target = "/a\"b\\c\nd\x01\x7f\xc3\xa4\xff{}";
  const auto line = line_of({.target = target});
  CHECK(line.find('\n') == line.size() - 1);
  rapidjson::Document read;
  REQUIRE_FALSE(read.Parse(line.data(), line.size()).HasParseError());
  const std::string path = read["path"].GetString();
  CHECK(path.starts_with("/a\"b\\c\nd\x01"));
}

TEST_CASE("access record: a path is cut at 2 KiB") {
  const std::string target(50'000, 'x');
  CHECK(line_of({.target = target}).size() < 2500);
}

TEST_CASE("access record: outcomes have words") {
  CHECK(to_string(request_outcome::answered) == "answered");
  CHECK(to_string(request_outcome::incomplete) == "incomplete");
  CHECK(to_string(request_outcome::own_page) == "page");
  CHECK(to_string(request_outcome::refused) == "refused");
  CHECK(to_string(request_outcome::client_gone) == "client_gone");
}
