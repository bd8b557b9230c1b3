#include "orchestrator/admin/server.hpp"

#include "orchestrator/admin/listener.hpp"
#include "orchestrator/admin/session.hpp"
#include "orchestrator/admin/session_group.hpp"

#include <deque>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;

/// More connections than operators, scrapers and followers need; beyond it a connection is closed
/// at once, so that they never take the descriptors that instances need.
constexpr std::size_t most_sessions = 128;

constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

struct server::implementation {
  implementation(asio::any_io_executor on, const std::vector<registry::endpoint>& endpoints,
                 fleet& f, std::shared_ptr<const access::key_ring> known)
      : executor(std::move(on)),
        keys(std::move(known)),
        context{f, files, keys},
        sessions(executor),
        acceptors(executor) {
    for (const auto& endpoint : endpoints) listeners.emplace_back(executor, endpoint);
  }

  asio::awaitable<void> accept_all(listener& from) {
    while (true) co_await accept_one(from);
  }

  asio::awaitable<void> accept_one(listener& from) {
    std::optional<stream_socket> socket;
    try {
      socket.emplace(co_await from.accept());
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    }
    if (socket) {
      if (sessions.size() < most_sessions)
        sessions.spawn(serve(std::move(*socket), context, from.reach()));
      co_return;
    }
    // Out of descriptors, most likely: trying again at once would spin.
    asio::steady_timer pause{executor, accept_pause};
    co_await pause.async_wait(asio::use_awaitable);
  }

  asio::any_io_executor executor;
  asio::thread_pool files{1};
  std::shared_ptr<const access::key_ring> keys;
  session_context context;
  std::deque<listener> listeners;  // addresses stay
  session_group sessions;
  session_group acceptors;
};

server::server(asio::any_io_executor executor, const std::vector<registry::endpoint>& endpoints,
               fleet& fleet, std::shared_ptr<const access::key_ring> keys)
    : implementation_(std::make_unique<implementation>(std::move(executor), endpoints, fleet,
                                                       std::move(keys))) {}

server::~server() = default;

std::vector<std::string> server::endpoints() const {
  std::vector<std::string> result;
  for (const auto& l : implementation_->listeners) result.push_back(l.endpoint());
  return result;
}

void server::use(std::shared_ptr<const access::key_ring> keys) {
  implementation_->keys = std::move(keys);
}

asio::awaitable<void> server::run() {
  auto& self = *implementation_;
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await asio::this_coro::throw_if_cancelled(false);
  for (auto& l : self.listeners) self.acceptors.spawn(self.accept_all(l));

  asio::steady_timer cancelled{self.executor, asio::steady_timer::time_point::max()};
  co_await cancelled.async_wait(asio::as_tuple(asio::use_awaitable));

  // What follows must happen in spite of the cancellation.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  self.acceptors.cancel();
  co_await self.acceptors.async_wait_empty();
  for (auto& l : self.listeners) l.close();
  self.sessions.cancel();
  co_await self.sessions.async_wait_empty();
}

}  // namespace rolecall::admin
