#include "orchestrator/observation/process_watch.hpp"

#include "launcher/node_memory.hpp"
#include "tests/unit/observation/scripted_engine.hpp"

#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <unistd.h>

namespace rolecall::observation {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A watch, and all that it told.
struct told_watch {
  asio::io_context loop;
  asio::thread_pool pool{2};
  std::map<instance, std::vector<metrics::process_usage>> usages;
  std::map<instance, std::vector<std::vector<metrics::node_share>>> placements;
  process_watch watch{loop.get_executor(), pool.get_executor(),
                      [this](instance id, const metrics::process_usage& u) {
                        CHECK(loop.get_executor().running_in_this_thread());
                        usages[id].push_back(u);
                      },
                      [this](instance id, const std::vector<metrics::node_share>& shares) {
                        CHECK(loop.get_executor().running_in_this_thread());
                        placements[id].push_back(shares);
                      },
                      1ms};
};

}  // namespace

TEST_CASE("process watch: placement is read every ten minutes, or a hundredth of the time") {
  CHECK(placement_gap(0ms) == 10min);
  CHECK(placement_gap(6s) == 10min);
  CHECK(placement_gap(30s) == 50min);
}

TEST_CASE("process watch: usage is told again and again, placement once") {
  const bool knows_nodes = launcher::read_node_shares(::getpid()).has_value();
  told_watch told;
  told.watch.watch(3, ::getpid());
  told.watch.start();
  REQUIRE(test::run_until(told.loop, [&] {
    return told.usages[3].size() >= 3 && (!knows_nodes || !told.placements[3].empty());
  }));
  const auto before = told.usages[3].size();
  REQUIRE(test::run_until(told.loop, [&] { return told.usages[3].size() >= before + 3; }));
  CHECK(told.usages[3].front().threads >= 3);  // this one and the pool's
  CHECK(told.usages[3].back().user_seconds >= told.usages[3].front().user_seconds);
  CHECK(told.placements[3].size() == (knows_nodes ? 1 : 0));
  if (knows_nodes) CHECK_FALSE(told.placements[3].front().empty());
}

TEST_CASE("process watch: nothing is told of a process that is gone or forgotten") {
  told_watch told;
  told.watch.watch(1, -1);
  told.watch.watch(2, ::getpid());
  told.watch.watch(3, ::getpid());
  told.watch.start();
  REQUIRE(test::run_until(told.loop, [&] { return told.usages[2].size() >= 2; }));
  told.watch.forget(2);
  const auto of_forgotten = told.usages[2].size();
  const auto before = told.usages[3].size();
  REQUIRE(test::run_until(told.loop, [&] { return told.usages[3].size() >= before + 3; }));
  CHECK(told.usages[2].size() == of_forgotten);
  CHECK_FALSE(told.usages.contains(1));
  CHECK_FALSE(told.placements.contains(1));
}

TEST_CASE("process watch: an instance's new process has its placement read, too") {
  if (!launcher::read_node_shares(::getpid())) return;  // a kernel without nodes
  told_watch told;
  told.watch.watch(1, ::getpid());
  told.watch.start();
  REQUIRE(test::run_until(told.loop, [&] { return told.placements[1].size() == 1; }));
  told.watch.watch(1, ::getpid());
  CHECK(test::run_until(told.loop, [&] { return told.placements[1].size() == 2; }));
}

TEST_CASE("process watch: the loop can end when it is stopped") {
  told_watch told;
  told.watch.watch(1, ::getpid());
  told.watch.start();
  REQUIRE(test::run_until(told.loop, [&] { return !told.usages.empty(); }));
  told.watch.stop();
  const auto before = told.usages[1].size();
  CHECK(test::runs_out(told.loop));
  CHECK(told.usages[1].size() == before);
}

}  // namespace rolecall::observation
