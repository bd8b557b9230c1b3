#include "launcher/log_file.hpp"
#include "tests/integration/launcher/child_case.hpp"

#include <fstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

TEST_CASE("log watch: a write completes the wait") {
  child_case c;
  auto watch = log_watch::open(c.loop.get_executor(), c.log);
  REQUIRE(watch.has_value());
  std::optional<boost::system::error_code> told;
  boost::asio::co_spawn(
      c.loop, watch->async_changed(),
      [&](const std::exception_ptr&, boost::system::error_code ec) { told = ec; });
  boost::asio::post(c.loop, [&] {
    CHECK_FALSE(told.has_value());
    std::ofstream(c.log, std::ios::app) << "a line\n";
  });
  c.loop.run();
  REQUIRE(told.has_value());
  CHECK_FALSE(*told);
}

TEST_CASE("log watch: a write before the wait is not missed") {
  child_case c;
  auto watch = log_watch::open(c.loop.get_executor(), c.log);
  REQUIRE(watch.has_value());
  std::ofstream(c.log, std::ios::app) << "a line\n";
  CHECK_FALSE(c.run(watch->async_changed()));
}

TEST_CASE("log watch: what a child says is noticed") {
  child_case c;
  auto watch = log_watch::open(c.loop.get_executor(), c.log);
  REQUIRE(watch.has_value());
  auto child = c.start("echo listening");
  CHECK_FALSE(c.run(watch->async_changed()));
  CHECK(file_text(c.log) == "listening\n");
  c.wait(child);
}

TEST_CASE("log watch: a wait can be cancelled") {
  child_case c;
  auto watch = log_watch::open(c.loop.get_executor(), c.log);
  REQUIRE(watch.has_value());
  boost::asio::cancellation_signal cancel;
  boost::system::error_code told;
  boost::asio::co_spawn(c.loop, watch->async_changed(),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&](const std::exception_ptr&,
                                               boost::system::error_code ec) { told = ec; }));
  boost::asio::post(c.loop, [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
  c.loop.run();
  CHECK(told == boost::asio::error::operation_aborted);
}

TEST_CASE("log watch: a file that cannot be made is an error with its errno") {
  child_case c;
  const auto watch = log_watch::open(c.loop.get_executor(), c.folder);
  REQUIRE(watch.has_error());
  CHECK(watch.error() == boost::system::errc::is_a_directory);
}
