#include "orchestrator/observation/heartbeat.hpp"

#include "tests/unit/observation/scripted_engine.hpp"

#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <doctest/doctest.h>

namespace rolecall::observation {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using std::chrono::steady_clock;

}  // namespace

TEST_CASE("heartbeat: a loop that runs beats, and says when it did") {
  asio::io_context loop;
  std::vector<heartbeat::duration> lags;
  heartbeat heart(
      loop.get_executor(), [&](heartbeat::duration lag) { lags.push_back(lag); }, 1ms);
  const auto begun = steady_clock::now();
  heart.start();
  REQUIRE(test::run_until(loop, [&] { return lags.size() == 3; }));
  for (const auto lag : lags) CHECK(lag >= 0ms);
  CHECK(heart.last_beat() >= begun + 3ms);
  CHECK(heart.last_beat() <= steady_clock::now());
}

TEST_CASE("heartbeat: a loop that stands still does not beat, and tells for how long afterwards") {
  asio::io_context loop;
  std::vector<heartbeat::duration> lags;
  heartbeat heart(
      loop.get_executor(), [&](heartbeat::duration lag) { lags.push_back(lag); }, 1ms);
  heart.start();
  loop.poll_one();  // the beat is due within a millisecond from here
  const auto last = heart.last_beat();
  const auto stands_until = steady_clock::now() + 21ms;
  while (steady_clock::now() < stands_until) {
  }
  CHECK(heart.last_beat() == last);
  REQUIRE(test::run_until(loop, [&] { return !lags.empty(); }));
  CHECK(lags.front() >= 20ms);
  CHECK(heart.last_beat() >= stands_until);
}

TEST_CASE("heartbeat: one that has not beaten yet is as old as its start") {
  asio::io_context loop;
  heartbeat heart(loop.get_executor(), [](heartbeat::duration) {});
  const auto begun = steady_clock::now();
  heart.start();
  CHECK(heart.last_beat() >= begun);
  CHECK(heart.last_beat() <= steady_clock::now());
}

TEST_CASE("heartbeat: a loop can end when it is stopped, though a beat is due") {
  asio::io_context loop;
  int beats = 0;
  heartbeat heart(
      loop.get_executor(), [&](heartbeat::duration) { ++beats; }, 1h);
  heart.start();
  heart.stop();
  CHECK(test::runs_out(loop));
  CHECK(beats == 0);
}

TEST_CASE("heartbeat: whoever is told may stop it") {
  asio::io_context loop;
  int beats = 0;
  heartbeat* stopped = nullptr;
  heartbeat heart(
      loop.get_executor(),
      [&](heartbeat::duration) {
        ++beats;
        stopped->stop();
      },
      1ms);
  stopped = &heart;
  heart.start();
  CHECK(test::runs_out(loop));
  CHECK(beats >= 1);
}

TEST_CASE("heartbeat: it is started, looked at and stopped from another thread") {
  asio::io_context loop;
  auto work = asio::make_work_guard(loop);
  std::promise<void> beaten;
  int beats = 0;
  heartbeat heart(
      loop.get_executor(),
      [&](heartbeat::duration) {
        if (++beats == 1) beaten.set_value();
      },
      1ms);
  std::thread thread([&] { loop.run(); });
  const auto begun = steady_clock::now();
  heart.start();
  beaten.get_future().wait();
  CHECK(heart.last_beat() > begun);
  heart.stop();
  work.reset();
  thread.join();  // the loop has ended
}

}  // namespace rolecall::observation
