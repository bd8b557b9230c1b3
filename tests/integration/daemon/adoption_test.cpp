#include "launcher/process_identity.hpp"
#include "orchestrator/supervision/record_folder.hpp"
#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/running_daemon.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rolecall::test;
using rolecall::supervision::instance_record;

namespace {

void replace_in(const std::filesystem::path& file, const std::string& from, const std::string& to) {
  auto text = file_text(file);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  std::ofstream(file) << text.replace(at, from.size(), to);
}

bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
  return std::ranges::any_of(texts, [&](const auto& text) { return contains(text, part); });
}

/// A group leader that does nothing, ended with its scope.
class sleeper {
 public:
  sleeper() {
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const char* words[] = {"/bin/sleep", "1000", nullptr};
    REQUIRE(::posix_spawn(&pid_, words[0], nullptr, &attributes, const_cast<char**>(words),
                          nullptr) == 0);
    ::posix_spawnattr_destroy(&attributes);
  }
  ~sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  sleeper(const sleeper&) = delete;
  sleeper& operator=(const sleeper&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = 0;
};

/// A fleet of fakes over the lives of several daemons.
struct handed_over {
  fake_fleet fake;
  std::filesystem::path file;
  std::vector<pid_t> seen;  // processes to end when a test has not
  std::optional<running_daemon> daemon;

  ~handed_over() {
    daemon.reset();
    for (const auto pid : seen)
      if (is_alive(pid)) ::kill(pid, SIGKILL);
  }

  void start() {
    if (file.empty()) file = fake.registry.write();
    daemon.emplace(file);
  }
  /// Pid of the role's process, once it is in this state.
  pid_t process_of(const std::string& role, const std::string& state = "ready") {
    daemon->wait_for_state(role, state);
    return seen.emplace_back(daemon->child(role));
  }
  void kill_daemon() {
    daemon->kill();
    daemon.reset();
  }
  [[nodiscard]] std::filesystem::path records() const {
    return rolecall::supervision::record_folder_in(fake.registry.folder / "state");
  }
  [[nodiscard]] std::filesystem::path record_of(const std::string& role) const {
    return records() / (role + '@' + std::to_string(read_record(role).port) + ".json");
  }
  /// The record, once it names the process.
  [[nodiscard]] instance_record read_record(const std::string& role) const {
    for (const auto& record : rolecall::supervision::read_records(records()).records)
      if (record.instance == role) return record;
    return {};
  }
  void wait_for_record(const std::string& role) const {
    daemon->wait_until([&] { return read_record(role).served.slots.has_value(); });
  }
};

}  // namespace

TEST_CASE("daemon: what a killed daemon ran is adopted, serves, and is watched like a child") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.fake.add("warm", "warm", "--fake-chunks, '2'");
  fleet.start();
  REQUIRE(fleet.daemon->chat("warm").status == 200);
  const auto hot = fleet.process_of("hot");
  const auto warm = fleet.process_of("warm");
  fleet.kill_daemon();
  CHECK(is_alive(hot));
  CHECK(is_alive(warm));

  fleet.start();
  CHECK(fleet.process_of("hot") == hot);
  CHECK(fleet.process_of("warm") == warm);
  CHECK(fleet.daemon->chat("hot").status == 200);
  CHECK(fleet.daemon->chat("warm").status == 200);
  CHECK(fleet.daemon->generation("hot") == 1);
  CHECK(fleet.daemon->generation("warm") == 1);
  CHECK(contains(fleet.daemon->admin_get("/admin/roles/warm").body, "\"restarts\":0"));

  REQUIRE(::kill(hot, SIGKILL) == 0);
  fleet.daemon->wait_until([&] { return fleet.daemon->child("hot") != hot; });
  CHECK(fleet.process_of("hot") != hot);
  CHECK(fleet.daemon->generation("hot") == 2);
  CHECK(any_contains(fleet.daemon->events("state"),
                     "hot: ready → backoff: crashed: exit status unknown"));
  CHECK(fleet.daemon->chat("hot").status == 200);

  CHECK(fleet.daemon->stop() == 0);
  CHECK_FALSE(is_alive(warm));
  CHECK(rolecall::supervision::read_records(fleet.records()).records.empty());
  fleet.daemon.reset();
}

TEST_CASE("daemon: a process that was loading is adopted as loading, and becomes ready") {
  handed_over fleet;
  fleet.fake.add("slow", "hot", "--fake-load-ms, '3000'");
  fleet.start();
  const auto pid = fleet.process_of("slow", "starting");
  fleet.kill_daemon();
  fleet.start();
  CHECK(fleet.process_of("slow") == pid);
  CHECK(any_contains(fleet.daemon->events("state"), "slow: stopped → starting: adopted"));
  CHECK(fleet.daemon->chat("slow").status == 200);
}

TEST_CASE("daemon: a process whose pid was not recorded any more is found by its command line") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  fleet.wait_for_record("hot");
  fleet.kill_daemon();
  replace_in(fleet.record_of("hot"), "\"pid\": " + std::to_string(pid), "\"pid\": 0");
  fleet.start();
  CHECK(fleet.process_of("hot") == pid);
}

TEST_CASE("daemon: a port that somebody else has by now is neither served from nor signalled") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  fleet.wait_for_record("hot");
  fleet.kill_daemon();
  REQUIRE(::kill(pid, SIGKILL) == 0);
  boost::asio::io_context loop;
  const boost::asio::ip::tcp::endpoint where(boost::asio::ip::address_v4::loopback(),
                                             fleet.read_record("hot").port);
  std::optional<boost::asio::ip::tcp::acceptor> squatter;
  while (!squatter) try {  // its last connections may hold the port for a moment
      squatter.emplace(loop, where);
    } catch (const boost::system::system_error&) {
    }
  fleet.start();
  fleet.daemon->wait_until([&] {
    return contains(fleet.daemon->admin_get("/admin/roles/hot").body,
                    "is taken by pid " + std::to_string(::getpid()));
  });
  CHECK(fleet.daemon->state("hot") != "ready");
}

TEST_CASE("daemon: a recorded pid that belongs to another command is a stranger") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto former = fleet.process_of("hot");
  fleet.wait_for_record("hot");
  auto record = fleet.read_record("hot");
  fleet.kill_daemon();
  REQUIRE(::kill(former, SIGKILL) == 0);
  const sleeper other;
  const auto birth = rolecall::launcher::read_birth(other.pid());
  REQUIRE(birth);
  record.process.pid = other.pid();
  record.process.start_time = birth->start_time;
  std::ofstream(fleet.record_of("hot")) << to_json(record);

  fleet.start();
  CHECK(fleet.process_of("hot") != other.pid());
  CHECK(any_contains(fleet.daemon->events("stranger"),
                     "pid " + std::to_string(other.pid()) + " runs /bin/sleep 1000"));
  CHECK(fleet.daemon->stop() == 0);
  fleet.daemon.reset();
  CHECK(is_alive(other.pid()));
}

TEST_CASE("daemon: a record of another boot leads to nobody") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  fleet.wait_for_record("hot");
  const auto boot = fleet.read_record("hot").process.boot_id;
  fleet.kill_daemon();
  replace_in(fleet.record_of("hot"), boot, "00000000-0000-0000-0000-000000000000");
  fleet.start();
  fleet.daemon->wait_until([&] {
    return contains(fleet.daemon->admin_get("/admin/roles/hot").body,
                    "is taken by pid " + std::to_string(pid));
  });
  CHECK(fleet.daemon->stop() == 0);
  fleet.daemon.reset();
  CHECK(is_alive(pid));
}

TEST_CASE("daemon: a process with other slots than recorded is a stranger on its port") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  fleet.wait_for_record("hot");
  auto record = fleet.read_record("hot");
  fleet.kill_daemon();
  record.served.slots = 7;
  std::ofstream(fleet.record_of("hot")) << to_json(record);
  fleet.start();
  CHECK(any_contains(fleet.daemon->events("stranger"), "with 1 slots, not 7"));
  fleet.daemon->wait_until([&] {
    return contains(fleet.daemon->admin_get("/admin/roles/hot").body,
                    "is taken by pid " + std::to_string(pid));
  });
  CHECK(fleet.daemon->chat("hot").status == 503);
  CHECK(is_alive(pid));
}

TEST_CASE("daemon: a process that the registry wants otherwise is restarted, others stay") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.fake.add("warm", "warm", "--fake-chunks, '3'");
  fleet.start();
  REQUIRE(fleet.daemon->chat("warm").status == 200);
  const auto hot = fleet.process_of("hot");
  const auto warm = fleet.process_of("warm");
  fleet.kill_daemon();
  replace_in(fleet.file, "--fake-chunks, '2'", "--fake-chunks, '4'");
  fleet.start();
  const auto next = fleet.process_of("hot");
  CHECK(next != hot);
  CHECK_FALSE(is_alive(hot));
  CHECK(fleet.daemon->generation("hot") == 2);
  CHECK(any_contains(fleet.daemon->events("adopt"),
                     "changed: its command line has '4' where it had '2'"));
  CHECK(fleet.process_of("warm") == warm);
}

TEST_CASE("daemon: who asks for a role whose process was told to end waits for the next one") {
  handed_over fleet;
  fleet.fake.add("warm", "warm", "--fake-ignore-term", "timeouts: {stop: 1s}");
  fleet.start();
  REQUIRE(fleet.daemon->chat("warm").status == 200);
  const auto old = fleet.process_of("warm");
  REQUIRE(fleet.daemon->admin_post("/admin/roles/warm/unload").status < 300);
  fleet.daemon->wait_for_state("warm", "stopping");
  fleet.kill_daemon();
  REQUIRE(is_alive(old));

  fleet.start();
  CHECK(any_contains(fleet.daemon->events("adopt"), "it was told to end"));
  CHECK(fleet.daemon->chat("warm").status == 200);
  CHECK(fleet.process_of("warm") != old);
  CHECK_FALSE(is_alive(old));
}

TEST_CASE("daemon: a process of a role that left the registry is stopped") {
  handed_over fleet;
  fleet.fake.add("kept", "hot", "--fake-chunks, '2'");
  fleet.fake.add("removed", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto kept = fleet.process_of("kept");
  const auto removed = fleet.process_of("removed");
  fleet.kill_daemon();
  const auto text = file_text(fleet.file);
  const auto at = text.find("  removed: ");
  REQUIRE(at != std::string::npos);
  std::ofstream(fleet.file) << text.substr(0, at);
  fleet.start();
  CHECK(fleet.process_of("kept") == kept);
  fleet.daemon->wait_until([&] { return !is_alive(removed); });
  fleet.daemon->wait_until([&] { return fleet.read_record("removed").port == 0; });
}

TEST_CASE(
    "daemon: what a removed role's process holds is taken from the budget until it has ended") {
  handed_over fleet;
  fleet.fake.add("kept", "hot", "--fake-chunks, '2'");
  fleet.fake.add("removed", "hot", "--fake-ignore-term");
  fleet.start();
  const auto budget = [&] {
    const auto body = fleet.daemon->admin_get("/admin/memory").body;
    const std::string_view key = "\"budget_bytes\":";
    const auto at = body.find(key);
    REQUIRE(at != std::string::npos);
    return std::stoull(body.substr(at + key.size()));
  };
  const auto whole = budget();
  fleet.process_of("kept");
  const auto removed = fleet.process_of("removed");
  fleet.kill_daemon();
  const auto text = file_text(fleet.file);
  std::ofstream(fleet.file) << text.substr(0, text.find("  removed: "));
  fleet.start();
  const auto present = budget();
  REQUIRE(is_alive(removed));  // it is killed after ten seconds
  CHECK(present < whole);
  fleet.daemon->wait_until([&] { return budget() == whole; });
  CHECK_FALSE(is_alive(removed));
}

TEST_CASE("daemon: with on_exit keep, SIGTERM ends requests in flight well and leaves processes") {
  handed_over fleet;
  fleet.fake.registry.host = "  on_exit: keep\n";
  fleet.fake.add("hot", "hot", "--fake-chunks, '20', --fake-chunk-ms, '50'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  open_request stream(fleet.daemon->door(), "/v1/chat/completions", stream_of("hot"));
  REQUIRE(stream.status() == 200);
  std::optional<std::string> rest;
  std::jthread reading([&] { rest = stream.rest(); });
  CHECK(fleet.daemon->stop() == 0);
  reading.join();
  REQUIRE(rest);
  CHECK(contains(*rest, "[DONE]"));
  fleet.daemon.reset();
  CHECK(is_alive(pid));

  fleet.start();
  CHECK(fleet.process_of("hot") == pid);
  fleet.kill_daemon();
}

TEST_CASE("daemon: a state directory serves one daemon at a time") {
  handed_over fleet;
  fleet.fake.add("warm", "warm", "--fake-chunks, '2'");
  fleet.start();
  const auto second = run({ROLECALLD, "--registry", fleet.file.string()});
  CHECK(second.code == 1);
  CHECK(contains(second.err, "cannot lock host.state_dir"));
  CHECK(contains(second.err, "rolecalld with pid " + std::to_string(fleet.daemon->pid())));
}

TEST_CASE("daemon: torn records are named and cost nothing but themselves") {
  handed_over fleet;
  fleet.fake.add("hot", "hot", "--fake-chunks, '2'");
  fleet.start();
  const auto pid = fleet.process_of("hot");
  fleet.kill_daemon();
  std::ofstream(fleet.records() / "torn@1.json") << "{\"format\": 1, \"inst";
  fleet.start();
  CHECK(fleet.process_of("hot") == pid);
  CHECK(contains(file_text(fleet.fake.registry.folder / "rolecalld.log"), "record_unreadable"));
}
