#include "orchestrator/supervision/adoption_facts.hpp"
#include "tests/integration/supervision/supervised.hpp"
#include "tests/support/free_ports.hpp"

#include <fstream>

#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/resource.h>

using namespace rolecall::test;
using namespace rolecall::supervision;
using namespace std::chrono_literals;
namespace launcher = rolecall::launcher;

namespace {

/// The record of its process as it was announced, in words that it does not show.
instance_record announced(const supervised& instance) {
  auto record = instance.record();
  REQUIRE(record);
  record->process.pid = 0;
  record->argv = {"/another/server", "--port", "1"};
  record->log.clear();
  record->port = free_ports(1).front();
  return *record;
}

/// A process that a former daemon left on the instance's port, writing to a log of its own.
instance_record start_former(supervised& instance, const std::filesystem::path& log) {
  const std::vector<std::string> argv{FAKE_LLAMA_SERVER, "-m", "/models/small.gguf", "--port",
                                      std::to_string(instance.port())};
  const auto former = launcher::process::spawn(instance.loop().get_executor(), {argv, {}, log});
  REQUIRE(former.has_value());
  const auto birth = launcher::read_birth(former->pid());
  REQUIRE(birth);
  return {.instance = "small",
          .role = "small",
          .generation = 3,
          .process = {launcher::read_boot_id(), former->pid(), birth->start_time},
          .argv = argv,
          .environment = {},
          .port = instance.port(),
          .model = "/models/small.gguf",
          .served = {},
          .log = log};
}

void adopt(supervised& instance, const instance_record& record) {
  auto running = launcher::process::adopt(instance.loop().get_executor(), record.process);
  REQUIRE(running.has_value());
  instance->adopt(*std::move(running), record, adopted_condition::loading, "");
}

}  // namespace

TEST_CASE("adoption: a start that was announced is found by the log it writes to") {
  supervised instance({});
  instance.become_ready();
  auto record = announced(instance);
  record.log = instance.log();
  const auto found = examine({record});
  REQUIRE(found.size() == 1);
  CHECK(found.front().record.process.pid == instance->pid());
  CHECK(found.front().facts.alive);
}

TEST_CASE("adoption: a start that was announced is found by the port it listens on") {
  supervised instance({});
  instance.become_ready();
  auto record = announced(instance);
  record.port = instance.port();
  const auto found = examine({record});
  REQUIRE(found.size() == 1);
  CHECK(found.front().record.process.pid == instance->pid());
  CHECK(found.front().facts.listener == process_facts::port::itself);
}

TEST_CASE("adoption: a start that was announced and never happened is gone") {
  supervised instance({});
  instance.become_ready();
  const auto found = examine({announced(instance)});
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found.front().facts.alive);
}

// UBSan looks at what is thrown through a pipe of its own, which takes descriptors.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("adoption: a host that is short of descriptors ends the examination, not the record") {
  supervised instance({});
  instance.become_ready();
  const auto record = instance.record();
  REQUIRE(record);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none_left = before;
  none_left.rlim_cur = 3;  // all that are open stay open
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  bool was_refused = false;
  try {
    (void)examine({*record});
  } catch (const boost::system::system_error&) {
    was_refused = true;
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(was_refused);
}
#endif

TEST_CASE("adoption: the log of an adopted process is the one it writes to, until the next start") {
  supervised instance({});
  const auto former_log = instance.log().parent_path() / "former.log";
  const auto record = start_former(instance, former_log);
  adopt(instance, record);
  CHECK(instance->log() == former_log);
  instance.next(instance_state::ready);
  ::kill(record.process.pid, SIGKILL);
  const auto crash = instance.next(instance_state::stopped);
  CHECK(crash.reason.find("model loaded") != std::string::npos);
  CHECK(instance->log() == former_log);
  instance.become_ready();
  CHECK(instance->log() == instance.log());
}

TEST_CASE("adoption: a load that a former daemon began counts from the start of the process") {
  supervised instance({});
  const auto record = start_former(instance, instance.log());
  REQUIRE(record.started_at == 0);
  adopt(instance, record);
  instance.next(instance_state::starting);
  REQUIRE(instance->present_load());
  CHECK(instance->present_load()->elapsed < 1h);
  instance.next(instance_state::ready);
  CHECK(instance->last_load() < 1h);
  CHECK_FALSE(instance->last_load_phases());  // it was not seen from its beginning
}
