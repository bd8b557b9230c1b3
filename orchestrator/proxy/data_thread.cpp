#include "orchestrator/proxy/data_thread.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/proxy/session.hpp"
#include "orchestrator/proxy/tls_bridge.hpp"

#include <boost/asio/post.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;

/// Keeps a session in the group for as long as it lives.
class data_thread::membership {
 public:
  membership(data_thread& thread, client_connection& client) : thread_(thread), client_(client) {
    thread_.sessions_.insert(&client_);
    ++thread_.open_;
    thread_.environment_.metrics.client_connections(1);
  }
  ~membership() {
    thread_.sessions_.erase(&client_);
    --thread_.open_;
    thread_.environment_.metrics.client_connections(-1);
    thread_.end_if_empty();
  }
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

 private:
  data_thread& thread_;
  client_connection& client_;
};

data_thread::data_thread(std::string name, std::shared_ptr<const routing_table> routes,
                         lease_source& leases, const state_source& states,
                         metrics::catalogue& metrics, const server_settings& settings,
                         access_log* log, tracing::request_ring* traces,
                         std::atomic<std::size_t>& open)
    : work_(context_.get_executor()),
      environment_{.here = context_.get_executor(),
                   .routes = std::move(routes),
                   .leases = leases,
                   .states = states,
                   .metrics = metrics,
                   .settings = settings,
                   .upstreams = upstream_pool(context_.get_executor()),
                   .watches = watch_list(context_.get_executor()),
                   .access = settings.access,
                   .log = log,
                   .traces = traces},
      name_(std::move(name)),
      heartbeat_(context_.get_executor(),
                 [this](auto lag) { environment_.metrics.daemon().loop_lag(name_, lag); }),
      open_(open) {}

void data_thread::start(std::function<void()> ended) {
  heartbeat_.start();
  thread_ = std::thread([this, ended = std::move(ended)] {
    context_.run();
    frame_stock::clear();
    ended();
  });
}

void data_thread::join() {
  if (thread_.joinable()) thread_.join();
}

void data_thread::use(access::access_files access) {
  asio::post(context_, [this, access = std::move(access)]() mutable {
    environment_.access = std::move(access);
  });
}

void data_thread::use(std::shared_ptr<const routing_table> routes) {
  asio::post(context_, [this, routes = std::move(routes)]() mutable {
    environment_.routes = std::move(routes);
  });
}

// A socket is one thread's: it leaves the thread that accepted it as a bare descriptor.
void data_thread::serve(tcp_socket accepted, const std::string* door) {
  boost::system::error_code ec;
  const auto protocol = accepted.local_endpoint(ec).protocol();
  launcher::descriptor handed_over(ec ? -1 : accepted.release(ec));
  if (!handed_over.is_open()) return;
  spawn(environment_.here, run_session(std::move(handed_over), protocol, door));
}

task<void> data_thread::run_session(launcher::descriptor accepted, asio::ip::tcp protocol,
                                    const std::string* door) {
  tcp_socket socket(context_, protocol, accepted.release());
  std::string address;
  if (environment_.access.tls) {
    address = client_connection::address_of(socket);
    try {
      socket = take_tls(context_, std::move(socket), environment_.access.tls,
                        {.unread_answer = environment_.settings.limits.unread_answer,
                         .farewell = environment_.settings.limits.linger});
    } catch (const boost::system::system_error& failure) {
      log_line(priority::warning, "connection_refused", component::proxy)
          .with("reason", failure.what());
      co_return;
    }
  }
  const auto client = std::make_shared<client_connection>(std::move(socket), environment_.watches,
                                                          std::move(address));
  const membership here(*this, *client);
  session talk(environment_, *client, door);
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

// The pool's timer and sockets would keep the thread from ending, and so would the heartbeat.
void data_thread::end_if_empty() {
  if (!environment_.draining || !sessions_.empty()) return;
  environment_.upstreams.close();
  if (!std::exchange(is_ending_, true)) heartbeat_.stop();
}

}  // namespace rolecall::proxy
