#include "orchestrator/supervision/instance_record.hpp"

#include "orchestrator/supervision/adoption.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::supervision;

namespace {

const instance_record whole{
    .instance = "coder-1",
    .role = "coder",
    .generation = 7,
    .process = {"9a1c5d0e-1111-4222-8333-444455556666", 4711, 3752464},
    .argv = {"/usr/bin/llama-server", "--model", "/models/a \"b\".gguf", "--port", "8081", ""},
    .environment = {{"OMP_NUM_THREADS", "1"}},
    .port = 8081,
    .model = "/models/a \"b\".gguf",
    .slots = 2,
    .served = {.path = "/models/a \"b\".gguf", .slots = 2, .context = 2048},
    .log = "/var/log/rolecall/coder-1.log",
    .started_at = 1795000000,
    .crashes = 1,
    .restarts = 3};

/// What is there when the recorded process is.
process_facts facts_of(const instance_record& record) {
  return {.alive = true,
          .arguments = record.argv,
          .listener = process_facts::port::itself,
          .owner = {},
          .healthy = true,
          .served = record.served};
}

}  // namespace

TEST_CASE("instance record: what is written is read") {
  const auto read = parse_instance_record(to_json(whole));
  REQUIRE(read.has_value());
  CHECK(*read == whole);
  auto told_to_end = whole;
  told_to_end.stopping = true;
  CHECK(*parse_instance_record(to_json(told_to_end)) == told_to_end);
  const instance_record announced{.instance = "a",
                                  .role = {},
                                  .process = {"boot", 0, 17},
                                  .argv = {"x"},
                                  .environment = {},
                                  .port = 1,
                                  .model = {},
                                  .served = {},
                                  .log = {}};
  const auto other = parse_instance_record(to_json(announced));
  REQUIRE(other.has_value());
  CHECK(*other == announced);
}

TEST_CASE("instance record: fields of a newer version are ignored, those of a newer one missing") {
  const auto read = parse_instance_record(
      R"({"format":1,"instance":"a","process":{"boot_id":"b","pid":5,"start_time":6,"cgroup":"x"},)"
      R"("argv":["x","--port","80"],"port":80,"replica":{"of":["y"]},"slots":"many"})");
  REQUIRE(read.has_value());
  CHECK(read->process == launcher::process_identity{"b", 5, 6});
  CHECK(read->generation == 1);
  CHECK(read->slots == 0);
  CHECK(read->served == served_model{});
}

TEST_CASE("instance record: without what identifies a process it is refused, and says why") {
  const auto error = [](const char* json) { return parse_instance_record(json).error(); };
  CHECK(error("") == "it is no JSON object");
  CHECK(error("[]") == "it is no JSON object");
  CHECK(error("{}") == "it has no format");
  CHECK(error(R"({"format":2,"instance":"a"})") == "its format is not known to this rolecalld");
  CHECK(error(R"({"format":1})") == "it names no instance");
  CHECK(error(R"({"format":1,"instance":"a"})") == "it names no process");
  CHECK(error(R"({"format":1,"instance":"a","process":{"boot_id":"","pid":1,"start_time":1}})") ==
        "its process is not fully named");
  CHECK(error(R"({"format":1,"instance":"a","process":{"boot_id":"b","pid":-1,"start_time":1}})") ==
        "its process is not fully named");
  CHECK(error(R"({"format":1,"instance":"a","process":{"boot_id":"b","pid":1,"start_time":1},)"
              R"("argv":["x",1],"port":80})") == "it has no command line");
  CHECK(error(R"({"format":1,"instance":"a","process":{"boot_id":"b","pid":1,"start_time":1},)"
              R"("argv":["x"],"port":65536})") == "it names no port");
}

TEST_CASE("instance record: torn at any byte it is refused") {
  const auto text = to_json(whole);
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    CHECK_FALSE(parse_instance_record(text.substr(0, length)).has_value());
}

TEST_CASE("instance record: with any byte changed it never leads to another process or port") {
  const auto text = to_json(whole);
  const wanted_process wanted{.argv = whole.argv, .environment = whole.environment};
  const auto facts = facts_of(whole);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto read = parse_instance_record(changed);
      if (!read) {
        ++refused;
        continue;
      }
      // The kernel knows nobody else with this boot, pid and start time.
      auto present = facts;
      present.alive = read->process == whole.process;
      if (judge(*read, present, &wanted).what != adoption::ready) continue;
      CHECK(read->process == whole.process);
      CHECK(read->argv == whole.argv);
      CHECK((read->model == whole.model || read->served == whole.served));
    }
  CHECK(refused > text.size());
}
