#include "orchestrator/proxy/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::proxy;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using story = std::vector<std::string>;

task<int> at_once(int value) { co_return value; }

task<int> after_a_wait(asio::io_context& loop, int value) {
  timer pause(loop, 0ms);
  const auto waited = co_await pause.async_wait(no_throw);
  co_return std::get<0>(waited) ? -1 : value;
}

task<int> failing(asio::io_context& loop, bool waits) {
  if (waits) co_await after_a_wait(loop, 0);
  throw std::runtime_error("no");
}

/// Tells of its end.
struct witness {
  story& told;
  std::string name;
  witness(story& to, std::string what) : told(to), name(std::move(what)) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { told.push_back(name + " ended"); }
};

}  // namespace

TEST_CASE("task: what need not wait is done within the call") {
  asio::io_context loop;
  int sum = 0;
  const auto add = [](int& to) -> task<void> {
    for (int i = 0; i < 100000; ++i) {  // deep in the stack, if each one went on in the other
      const int one = co_await at_once(1);
      to += one;
    }
  };
  add(sum).run_detached();
  CHECK(sum == 100000);
}

TEST_CASE("task: callers wait for those who wait, and go on with the result") {
  asio::io_context loop;
  story told;
  const auto middle = [](asio::io_context& on, story& to) -> task<int> {
    const int first = co_await after_a_wait(on, 1);
    to.push_back("first");
    const int second = co_await after_a_wait(on, 2);
    co_return first + second;
  };
  const auto outer = [&middle](asio::io_context& on, story& to) -> task<void> {
    const int sum = co_await middle(on, to);
    to.push_back("sum " + std::to_string(sum));
  };
  outer(loop, told).run_detached();
  CHECK(told.empty());
  loop.run();
  CHECK(told == story{"first", "sum 3"});
}

TEST_CASE("task: an exception comes out of the co_await, waited for or not") {
  asio::io_context loop;
  story told;
  const auto careful = [](asio::io_context& on, story& to, bool waits) -> task<void> {
    try {
      co_await failing(on, waits);
    } catch (const std::runtime_error& failure) {
      to.emplace_back(failure.what());
    }
  };
  careful(loop, told, false).run_detached();
  CHECK(told == story{"no"});
  careful(loop, told, true).run_detached();
  loop.run();
  CHECK(told == story{"no", "no"});
}

TEST_CASE("task: a loop that ends before its waits ends those who wait, from the outermost") {
  story told;
  const auto inner = [](asio::io_context& on, story& to) -> task<void> {
    const witness here(to, "inner");
    timer never(on, timer::time_point::max());
    co_await never.async_wait(no_throw);
    to.emplace_back("went on");
  };
  const auto outer = [&inner](asio::io_context& on, story& to) -> task<void> {
    const witness here(to, "outer");
    co_await inner(on, to);
    to.emplace_back("went on");
  };
  {
    asio::io_context loop;
    spawn(loop.get_executor(), outer(loop, told));
    loop.poll();
    CHECK(told.empty());
  }
  CHECK(told == story{"inner ended", "outer ended"});
}

TEST_CASE("task: one that was never begun is given up with its owner") {
  story told;
  const auto one = [](std::shared_ptr<witness> /*held*/) -> task<void> { co_return; };
  {
    asio::io_context loop;
    spawn(loop.get_executor(), one(std::make_shared<witness>(told, "held")));
  }
  CHECK(told == story{"held ended"});
}

TEST_CASE("frame_stock: blocks are given back to any later taker of their size") {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < 2 * frame_stock::most_kept; ++i)
    blocks.push_back(frame_stock::take(1 + i % (frame_stock::largest + 100)));
  for (auto* block : blocks) CHECK(block != nullptr);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    frame_stock::give_back(blocks[i], 1 + i % (frame_stock::largest + 100));
  auto* const again = frame_stock::take(frame_stock::step);
  std::fill_n(static_cast<char*>(again), frame_stock::step, 'x');
  frame_stock::give_back(again, frame_stock::step);
  frame_stock::clear();
}
