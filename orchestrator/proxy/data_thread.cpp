#include "orchestrator/proxy/data_thread.hpp"

#include "orchestrator/proxy/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;

/// Keeps a session in the group for as long as it lives.
class data_thread::membership {
 public:
  membership(data_thread& thread, client_connection& client) : thread_(thread), client_(client) {
    thread_.sessions_.insert(&client_);
    ++thread_.open_;
  }
  ~membership() {
    thread_.sessions_.erase(&client_);
    --thread_.open_;
    thread_.end_if_empty();
  }
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

 private:
  data_thread& thread_;
  client_connection& client_;
};

data_thread::data_thread(const routing_table& routes, lease_source& leases,
                         const state_source& states, metrics::catalogue& metrics,
                         const server_settings& settings, std::atomic<std::size_t>& open)
    : work_(context_.get_executor()),
      environment_{.routes = routes,
                   .leases = leases,
                   .states = states,
                   .metrics = metrics,
                   .settings = settings,
                   .upstreams = upstream_pool(context_.get_executor())},
      open_(open) {}

void data_thread::start(std::function<void()> ended) {
  thread_ = std::thread([this, ended = std::move(ended)] {
    context_.run();
    ended();
  });
}

void data_thread::join() {
  if (thread_.joinable()) thread_.join();
}

void data_thread::serve(tcp_socket socket) {
  asio::co_spawn(context_, run_session(std::move(socket)), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);  // a bug: sessions throw nothing
  });
}

task<void> data_thread::run_session(tcp_socket socket) {
  const auto client = std::make_shared<client_connection>(std::move(socket));
  const membership here(*this, *client);
  session talk(environment_, *client);
  co_await talk.run();
}

void data_thread::drain() {
  asio::post(context_, [this] {
    environment_.draining = true;
    for (auto* client : sessions_)
      if (!client->busy) client->interrupt(interruption::shutdown);
    work_.reset();
    end_if_empty();
  });
}

void data_thread::cut() {
  asio::post(context_, [this] {
    for (auto* client : sessions_) client->interrupt(interruption::shutdown);
  });
}

// The pool's timer and sockets would keep the thread from ending.
void data_thread::end_if_empty() {
  if (environment_.draining && sessions_.empty()) environment_.upstreams.close();
}

}  // namespace rolecall::proxy
