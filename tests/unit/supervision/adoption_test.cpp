#include "orchestrator/supervision/adoption.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::supervision;

namespace {

using port = process_facts::port;

const instance_record record{
    .instance = "coder",
    .role = "coder",
    .process = {"boot", 4711, 3752464},
    .argv = {"/usr/bin/llama-server", "--model", "/models/a.gguf", "--port", "8081"},
    .environment = {{"OMP_NUM_THREADS", "1"}},
    .port = 8081,
    .model = "/models/a.gguf",
    .slots = 2,
    .served = {.path = "/models/a.gguf", .slots = 2, .context = 2048},
    .log = {}};
const wanted_process as_recorded{record.argv, record.environment};
const process_facts all_there{.alive = true,
                              .arguments = record.argv,
                              .listener = port::itself,
                              .owner = {},
                              .healthy = true,
                              .served = record.served};

/// The facts with one difference.
template <class Member, class Value>
process_facts with(Member member, Value value) {
  auto facts = all_there;
  facts.*member = std::move(value);
  return facts;
}

adoption_verdict verdict(const process_facts& facts, const wanted_process* wanted = &as_recorded) {
  return judge(record, facts, wanted);
}

}  // namespace

TEST_CASE("adoption: a process that is as recorded and as wanted is ready") {
  CHECK(verdict(all_there) == adoption_verdict{adoption::ready, {}});
}

TEST_CASE("adoption: what has ended is gone, whatever has its pid or port now") {
  auto facts = with(&process_facts::alive, false);
  facts.arguments = {"sleep", "1000"};
  facts.listener = port::stranger;
  CHECK(verdict(facts).what == adoption::gone);
  CHECK(verdict(process_facts{}).what == adoption::gone);
}

TEST_CASE("adoption: other arguments than launched are a stranger's, named with its pid") {
  const std::vector<std::string> sleep{"sleep", "1000"};
  const auto judged = verdict(with(&process_facts::arguments, std::optional(sleep)));
  CHECK(judged.what == adoption::stranger);
  CHECK(judged.reason == "pid 4711 runs sleep 1000, which was not launched as coder");
  // Even if the registry wants the instance no more: it is not signalled.
  CHECK(verdict(with(&process_facts::arguments, std::optional(sleep)), nullptr).what ==
        adoption::stranger);
}

TEST_CASE("adoption: arguments that cannot be read in time leave it to pid and start time") {
  const std::optional<std::vector<std::string>> unread;
  CHECK(verdict(with(&process_facts::arguments, unread)).what == adoption::ready);
}

TEST_CASE("adoption: a port that somebody else has is a stranger's, and told with its owner") {
  auto facts = with(&process_facts::listener, port::stranger);
  facts.owner = "port 8081 is taken by pid 7 (nginx)";
  CHECK(verdict(facts) ==
        adoption_verdict{adoption::stranger, "port 8081 is taken by pid 7 (nginx)"});
}

TEST_CASE("adoption: a process that does not listen or answer yet is loading") {
  CHECK(verdict(with(&process_facts::listener, port::nobody)).what == adoption::loading);
  auto silent = with(&process_facts::healthy, false);
  silent.served = {};
  CHECK(verdict(silent).what == adoption::loading);
}

TEST_CASE("adoption: another model, other slots or another context are a stranger's") {
  const auto serving = [](const served_model& served) {
    return verdict(with(&process_facts::served, served));
  };
  const auto model = serving({.path = "/models/b.gguf", .slots = 2, .context = 2048});
  CHECK(model.what == adoption::stranger);
  CHECK(model.reason ==
        "port 8081 is served by pid 4711 with model /models/b.gguf, not /models/a.gguf");
  const auto slots = serving({.path = "/models/a.gguf", .slots = 4, .context = 2048});
  CHECK(slots.what == adoption::stranger);
  CHECK(slots.reason == "port 8081 is served by pid 4711 with 4 slots, not 2");
  const auto context = serving({.path = "/models/a.gguf", .slots = 2, .context = 512});
  CHECK(context.what == adoption::stranger);
  CHECK(context.reason ==
        "port 8081 is served by pid 4711 with a context of 512 tokens a slot, not 2048");
}

TEST_CASE("adoption: what one side does not tell is not compared, what was launched is") {
  CHECK(verdict(with(&process_facts::served, served_model{})).what == adoption::ready);
  auto never_ready = record;
  never_ready.served = {};
  CHECK(judge(never_ready, all_there, &as_recorded).what == adoption::ready);
  auto facts = all_there;
  facts.served.slots = 3;
  CHECK(judge(never_ready, facts, &as_recorded).what == adoption::stranger);
  facts = all_there;
  facts.served.path = "/models/./a.gguf";
  CHECK(judge(never_ready, facts, &as_recorded).what == adoption::ready);
}

TEST_CASE("adoption: a registry that wants another command line makes it unfit") {
  auto wanted = as_recorded;
  wanted.argv.back() = "8082";
  CHECK(verdict(all_there, &wanted) ==
        adoption_verdict{adoption::unfit,
                         "changed: its command line has '8082' where it had '8081'"});
  wanted = as_recorded;
  wanted.argv.push_back("--offline");
  CHECK(verdict(all_there, &wanted).reason ==
        "changed: its command line has '--offline' where it had nothing");
  wanted.argv.resize(2);
  CHECK(verdict(all_there, &wanted).reason ==
        "changed: its command line has nothing where it had '/models/a.gguf'");
  wanted = as_recorded;
  wanted.environment.clear();
  CHECK(verdict(all_there, &wanted).reason == "changed: its environment");
}

TEST_CASE("adoption: what the daemon before told to end is unfit, however well it answers") {
  auto told = record;
  told.stopping = true;
  CHECK(judge(told, all_there, &as_recorded) ==
        adoption_verdict{adoption::unfit, "it was told to end"});
}

TEST_CASE("adoption: an instance that the registry does not know any more is unfit") {
  CHECK(
      verdict(all_there, nullptr) ==
      adoption_verdict{adoption::unfit, "the registry has no such instance at port 8081 any more"});
  CHECK(verdict(with(&process_facts::listener, port::nobody), nullptr).what == adoption::unfit);
}
