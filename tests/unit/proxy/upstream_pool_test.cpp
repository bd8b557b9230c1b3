#include "orchestrator/proxy/upstream_pool.hpp"

#include <boost/asio.hpp>
#include <doctest/doctest.h>

using namespace rolecall::proxy;
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

/// Real connections of the loopback address; the clock is ours.
struct pool_fixture {
  asio::io_context context;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  upstream_pool pool{context.get_executor()};
  time_point now{1h};

  struct both_ends {
    std::unique_ptr<upstream_connection> ours;
    tcp::socket theirs;
  };
  both_ends connect() {
    auto ours = std::make_unique<upstream_connection>(context.get_executor());
    ours->socket.connect(acceptor.local_endpoint());
    return {.ours = std::move(ours), .theirs = acceptor.accept()};
  }
  /// Waits until our end has what the other end did.
  static void await_news(upstream_connection& connection) {
    connection.socket.wait(tcp::socket::wait_read);
  }
};

}  // namespace

TEST_CASE_FIXTURE(pool_fixture, "proxy: the connection used last is used next") {
  auto first = connect();
  auto second = connect();
  const auto* expected = second.ours.get();
  pool.put(3, std::move(first.ours), now);
  pool.put(3, std::move(second.ours), now);
  CHECK(pool.idle() == 2);
  CHECK(pool.take(3, now).get() == expected);
  CHECK(pool.idle() == 1);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: an instance is not served over another's connection") {
  auto pair = connect();
  pool.put(3, std::move(pair.ours), now);
  CHECK(pool.take(4, now) == nullptr);
  CHECK(pool.take(3, now) != nullptr);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a connection is not used after four idle seconds") {
  auto young = connect();
  pool.put(3, std::move(young.ours), now);
  auto kept = pool.take(3, now + 3999ms);
  REQUIRE(kept);
  pool.put(3, std::move(kept), now);
  CHECK(pool.take(3, now + 4s) == nullptr);
  CHECK(pool.idle() == 0);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a connection is not used for more than 95 requests") {
  auto pair = connect();
  auto connection = std::move(pair.ours);
  for (unsigned served = 1; served < upstream_pool::most_requests; ++served) {
    pool.put(3, std::move(connection), now);
    connection = pool.take(3, now);
    REQUIRE(connection);
  }
  pool.put(3, std::move(connection), now);
  CHECK(pool.take(3, now) == nullptr);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a connection with bytes left over is not used again") {
  auto pair = connect();
  pair.ours->input.commit(asio::buffer_copy(pair.ours->input.prepare(1), asio::buffer("x", 1)));
  pool.put(3, std::move(pair.ours), now);
  CHECK(pool.idle() == 0);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a connection that speaks out of turn is not used") {
  auto pair = connect();
  asio::write(pair.theirs, asio::buffer("HTTP/1.1 408 Request Timeout\r\n\r\n", 32));
  await_news(*pair.ours);
  pool.put(3, std::move(pair.ours), now);
  CHECK(pool.take(3, now) == nullptr);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a connection closed by the upstream is passed over") {
  auto alive = connect();
  auto closed = connect();
  const auto* expected = alive.ours.get();
  closed.theirs.close();
  await_news(*closed.ours);
  pool.put(3, std::move(alive.ours), now);
  pool.put(3, std::move(closed.ours), now);
  CHECK(pool.take(3, now).get() == expected);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a sweep closes what has been idle for too long") {
  auto old = connect();
  auto young = connect();
  pool.put(3, std::move(old.ours), now);
  pool.put(3, std::move(young.ours), now + 2s);
  pool.sweep(now + 5s);
  CHECK(pool.idle() == 1);
  char byte = 0;
  boost::system::error_code ec;
  old.theirs.read_some(asio::buffer(&byte, 1), ec);
  CHECK(ec == asio::error::eof);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a burst leaves a bounded number of connections behind") {
  std::vector<both_ends> pairs;
  for (std::size_t i = 0; i <= upstream_pool::most_idle; ++i) pairs.push_back(connect());
  for (auto& each : pairs) pool.put(3, std::move(each.ours), now);
  CHECK(pool.idle() == upstream_pool::most_idle);
}

TEST_CASE_FIXTURE(pool_fixture, "proxy: a closed pool keeps nothing and lets its thread end") {
  auto before = connect();
  auto after = connect();
  pool.put(3, std::move(before.ours), now);
  pool.close();
  CHECK(pool.idle() == 0);
  pool.put(3, std::move(after.ours), now);
  CHECK(pool.idle() == 0);
  context.run();  // returns: no timer is left
}
