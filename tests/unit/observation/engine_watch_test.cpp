#include "orchestrator/observation/engine_watch.hpp"

#include "orchestrator/observation/engine_question.hpp"
#include "tests/unit/observation/scripted_engine.hpp"

#include <array>
#include <map>

#include <doctest/doctest.h>

namespace rolecall::observation {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using test::http_answer;
using test::scripted_engine;

constexpr question_times eager{.period = 1ms, .patience = 1h};

std::string says(int decodes) {
  return http_answer("llamacpp:n_decode_total " + std::to_string(decodes) + "\n");
}

/// A watch, and all that it told.
struct told_watch {
  explicit told_watch(asio::io_context& loop, question_times times = eager)
      : watch(
            loop.get_executor(),
            [this](instance id, const metrics::engine_sample& s, engine_watch::time_point at) {
              decodes[id].push_back(s.decodes);
              last = at;
              if (then) then();
            },
            [this](instance id, const std::string& reason) { reasons[id].push_back(reason); },
            times) {}

  std::map<instance, std::vector<std::uint64_t>> decodes;
  std::map<instance, std::vector<std::string>> reasons;
  engine_watch::time_point last;
  std::function<void()> then;
  engine_watch watch;
};

/// What is said of an engine that answers so.
std::string reason_for(std::string answer) {
  asio::io_context loop;
  scripted_engine engine(loop, {std::move(answer)});
  told_watch told(loop);
  told.watch.watch(0, engine.port());
  REQUIRE(test::run_until(loop, [&] { return !told.reasons.empty() || !told.decodes.empty(); }));
  CHECK(told.decodes.empty());
  return told.reasons[0].front();
}

}  // namespace

TEST_CASE("engine watch: an engine's metrics are asked for and told, again and again") {
  asio::io_context loop;
  scripted_engine engine(loop, {says(1), says(2), says(3)});
  told_watch told(loop);
  const auto begun = std::chrono::steady_clock::now();
  told.watch.watch(7, engine.port());
  REQUIRE(test::run_until(loop, [&] { return told.decodes[7].size() == 3; }));
  CHECK(told.decodes[7] == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(told.reasons.empty());
  CHECK(told.last > begun);
  CHECK(told.last <= std::chrono::steady_clock::now());
  CHECK(engine.requests().front() ==
        "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(engine.port()) +
            "\r\nConnection: close\r\n\r\n");
}

TEST_CASE("engine watch: one engine that says nothing keeps no other waiting") {
  asio::io_context loop;
  scripted_engine silent(loop, {});
  scripted_engine other(loop, {says(1), says(2), says(3)});
  told_watch told(loop);
  told.watch.watch(0, silent.port());
  told.watch.watch(1, other.port());
  REQUIRE(test::run_until(
      loop, [&] { return told.decodes[1].size() == 3 && !silent.requests().empty(); }));
  CHECK(told.reasons.empty());
  CHECK(silent.requests().size() == 1);  // one question at a time
}

TEST_CASE(
    "engine watch: an answer that does not come in time is told, and the engine asked again") {
  asio::io_context loop;
  scripted_engine silent(loop, {});
  told_watch told(loop, {.period = 1ms, .patience = 20ms});
  told.watch.watch(0, silent.port());
  REQUIRE(test::run_until(loop, [&] { return told.reasons[0].size() == 2; }));
  CHECK(told.reasons[0] == std::vector<std::string>(2, "it does not answer in time"));
  CHECK(told.decodes.empty());
}

TEST_CASE("engine watch: an engine that is not there is told as such") {
  asio::io_context loop;
  scripted_engine engine(loop, {});
  const auto port = engine.port();
  engine.close();
  told_watch told(loop);
  told.watch.watch(0, port);
  REQUIRE(test::run_until(loop, [&] { return !told.reasons.empty(); }));
  CHECK(told.reasons[0].front() == "cannot connect: Connection refused");
}

TEST_CASE("engine watch: answers that are none are told with what is wrong about them") {
  CHECK(reason_for(http_answer("{}", "501 Not Implemented")) == "it answers with status 501");
  CHECK(reason_for(http_answer("{}")) == "line 1 of its metrics is not of the text form");
  CHECK(reason_for("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nllamacpp:n_dec") ==
        "cannot read its answer: partial message");
  CHECK(reason_for("nonsense\r\n\r\n").starts_with("cannot read its answer: "));
}

TEST_CASE("engine watch: an endless answer is read no further than 256 KiB") {
  const std::string lines(longest_metrics + 1, '\n');
  CHECK(reason_for(http_answer(lines)) == "its answer is longer than 256 KiB");
  CHECK(reason_for("HTTP/1.1 200 OK\r\n\r\n" + lines) == "its answer is longer than 256 KiB");
}

TEST_CASE("engine watch: nothing is told of an engine that is forgotten, and the loop can end") {
  asio::io_context loop;
  scripted_engine silent(loop, {});
  told_watch told(loop);
  told.watch.watch(0, silent.port());
  REQUIRE(test::run_until(loop, [&] { return !silent.requests().empty(); }));
  told.watch.forget(0);
  silent.close();
  CHECK(test::runs_out(loop));
  CHECK(told.decodes.empty());
  CHECK(told.reasons.empty());
}

TEST_CASE("engine watch: all are forgotten when it stops, whatever they were waiting for") {
  asio::io_context loop;
  scripted_engine silent(loop, {});
  told_watch told(loop, {.period = 1h, .patience = 1h});
  told.watch.watch(0, silent.port());  // asked at once
  told.watch.watch(1, silent.port());  // later
  REQUIRE(test::run_until(loop, [&] { return !silent.requests().empty(); }));
  told.watch.stop();
  silent.close();
  CHECK(test::runs_out(loop));
  CHECK(told.reasons.empty());
}

TEST_CASE("engine watch: whoever is told may forget the engine") {
  asio::io_context loop;
  scripted_engine first(loop, {says(1), says(2)});
  scripted_engine other(loop, {says(1), says(2), says(3)});
  told_watch told(loop);
  told.then = [&] {
    if (told.decodes.contains(0)) told.watch.forget(0);
  };
  told.watch.watch(0, first.port());
  REQUIRE(test::run_until(loop, [&] { return !told.decodes[0].empty(); }));
  told.watch.watch(1, other.port());
  REQUIRE(test::run_until(loop, [&] { return told.decodes[1].size() == 3; }));
  CHECK(told.decodes[0].size() == 1);
}

TEST_CASE("engine watch: an instance's new process replaces its former one") {
  asio::io_context loop;
  scripted_engine former(loop, {});
  scripted_engine next(loop, {says(5)});
  told_watch told(loop);
  told.watch.watch(0, former.port());
  REQUIRE(test::run_until(loop, [&] { return !former.requests().empty(); }));
  told.watch.watch(0, next.port());
  REQUIRE(test::run_until(loop, [&] { return !told.decodes[0].empty(); }));
  CHECK(told.decodes[0].front() == 5);
  CHECK(told.reasons.empty());
}

TEST_CASE("engine watch: engines that became ready together are asked one after the other") {
  constexpr auto period = 5000ms;
  constexpr int windows = 8;
  std::array<int, windows> asked{};
  for (instance id = 0; id < 32; ++id) {
    const auto phase = phase_of(id, period);
    REQUIRE(phase >= 0ms);
    REQUIRE(phase < period);
    ++asked[static_cast<std::size_t>(phase * windows / period)];
  }
  for (const int in_window : asked) {
    CHECK(in_window >= 3);
    CHECK(in_window <= 5);
  }
}

}  // namespace rolecall::observation
