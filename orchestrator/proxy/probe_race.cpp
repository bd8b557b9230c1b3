#include "orchestrator/proxy/probe_race.hpp"

#include "orchestrator/proxy/close_on_exec.hpp"
#include "orchestrator/proxy/response_parser.hpp"

#include <deque>

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using residency::lease_kind;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t read_step = 1024;

struct entrant {
  upstream* which = nullptr;
  lease stay = {};                                       // while the race is open
  std::unique_ptr<upstream_connection> connection = {};  // while it is asked
};

/// Shared by its probes and by the request, which does not wait for all of them.
struct race {
  explicit race(const executor& on) : news(on, time_point::max()), deadline(on) {}

  void expire() {
    is_expired = true;
    error_code ignored;
    for (auto& each : entrants)
      if (each.connection) each.connection->socket.close(ignored);
  }

  std::vector<entrant> entrants;  // none is added while they are asked
  std::deque<upstream*> well;     // in the order of their answers
  std::size_t asked = 0;          // probes that are not over
  bool is_open = true;
  bool is_expired = false;
  timer news;  // cancelled when a probe is over
  timer deadline;
};

task<bool> connect(upstream_connection& connection, std::uint16_t port) {
  const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(), port);
  const auto connected = co_await connection.socket.async_connect(where, no_throw);
  if (std::get<0>(connected)) co_return false;
  error_code ec;
  connection.socket.set_option(asio::ip::tcp::no_delay(true), ec);
  connection.socket.non_blocking(true, ec);
  close_on_exec(connection.socket.native_handle());
  co_return true;
}

enum class health { well, unwell, silent };

// silent: nothing was received.
task<health> ask_health(upstream_connection& connection, std::uint16_t port) {
  const std::string text =
      "GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n";
  co_await asio::async_write(connection.socket, asio::buffer(text), no_throw);
  response_head head;
  std::vector<asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  auto& input = connection.input;
  auto failed = health::silent;
  while (!parser.is_done()) {
    const auto got = co_await connection.socket.async_read_some(input.prepare(read_step), no_throw);
    if (std::get<0>(got)) co_return failed;
    failed = health::unwell;
    input.commit(std::get<1>(got));
    error_code ec;
    input.consume(parser.put(input.data(), ec));
    parser.release_pieces();
    if (ec && ec != http::error::need_more) co_return failed;
  }
  co_return head.status == 200 && parser.keep_alive() ? health::well : health::unwell;
}

// A kept connection may have ended unseen; then a fresh one is asked.
task<health> visit(session_environment& environment, const race& in, entrant& one) {
  one.connection = environment.upstreams.take(one.which->id, steady_clock::now());
  if (one.connection) {
    const auto said = co_await ask_health(*one.connection, one.which->port);
    if (said != health::silent || in.is_expired) co_return said;
  }
  one.connection = std::make_unique<upstream_connection>(environment.here);
  const bool connected = co_await connect(*one.connection, one.which->port);
  if (!connected) co_return health::silent;
  co_return co_await ask_health(*one.connection, one.which->port);
}

task<void> probe(session_environment& environment, std::shared_ptr<race> in, std::size_t index) {
  auto& one = in->entrants[index];
  const auto said = co_await visit(environment, *in, one);
  const auto now = steady_clock::now();
  auto connection = std::move(one.connection);
  if (said == health::well) {
    in->well.push_back(one.which);
    environment.upstreams.put(one.which->id, std::move(connection), now);
  } else if (in->is_open) {
    one.which->rest_from(now);
  }
  in->news.cancel();
  if (--in->asked == 0) in->deadline.cancel();
}

// None rests, and none is full.
std::shared_ptr<race> candidates_of(const routed_role& role, const executor& here, time_point now) {
  auto in = std::make_shared<race>(here);
  for (auto* each : role.upstreams)
    if (each->gate.admits(lease_kind::slot) && !each->rests(now))
      in->entrants.push_back({.which = each});
  return in;
}

void start(session_environment& environment, const std::shared_ptr<race>& in, time_point now) {
  in->deadline.expires_at(now + longest_probe);
  in->deadline.async_wait([in](error_code ec) {
    if (!ec) in->expire();
  });
  in->asked = in->entrants.size();
  for (std::size_t i = 0; i < in->entrants.size(); ++i) {
    in->entrants[i].stay = try_enter(*in->entrants[i].which, now, lease_kind::slotless);
    spawn(environment.here, probe(environment, in, i));
  }
}

}  // namespace

task<lease> enter_first_to_answer(session_environment& environment, const routed_role& role) {
  const auto now = steady_clock::now();
  const auto in = candidates_of(role, environment.here, now);
  if (in->entrants.empty()) co_return lease{};
  if (in->entrants.size() == 1) co_return try_enter(*in->entrants.front().which, now);
  start(environment, in, now);
  lease held;
  while (!held) {
    if (!in->well.empty()) {
      held = try_enter(*in->well.front(), steady_clock::now());
      in->well.pop_front();
    } else if (in->asked != 0) {
      co_await in->news.async_wait(no_throw);
    } else {
      break;
    }
  }
  in->is_open = false;
  for (auto& each : in->entrants) each.stay = lease{};
  co_return held;
}

}  // namespace rolecall::proxy
