#include "orchestrator/proxy/server.hpp"

#include "orchestrator/proxy/data_thread.hpp"
#include "orchestrator/proxy/listener.hpp"
#include "orchestrator/proxy/task.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include <boost/asio/post.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;

struct server::implementation {
  implementation(server_settings s, const std::shared_ptr<const routing_table>& routes,
                 lease_source& leases, const state_source& states, metrics::catalogue& metrics,
                 tracing::request_traces* traces)
      : settings(std::move(s)),
        log(settings.access_log ? std::make_unique<access_log>(*settings.access_log, metrics)
                                : nullptr) {
    const auto count = static_cast<std::size_t>(std::max(settings.threads, 1));
    for (std::size_t i = 0; i < count; ++i)
      threads.push_back(std::make_unique<data_thread>(
          "data-" + std::to_string(i + 1), routes, leases, states, metrics, settings, log.get(),
          traces != nullptr ? &traces->of_thread(i) : nullptr, open));
    for (const auto& where : settings.listen) listen(where, nullptr);
    for (const auto& door : settings.doors) {
      if (routes->find(door.role) == nullptr)
        throw std::invalid_argument("cannot open a door: '" + door.role + "' is no role");
      listen(door.where, &door.role);
    }
  }

  void listen(const registry::tcp_endpoint& where, const std::string* role) {
    listeners.push_back({std::make_unique<listener>(threads.front()->context(), where), role});
  }

  // Connections go to the threads in turn: a kernel that chose by itself (SO_REUSEPORT) would give
  // some thread several of the few long streams.
  data_thread& next_thread() { return *threads[next++ % threads.size()]; }

  task<void> accept_from(listener& from, const std::string* role) {
    while (from.is_open()) {
      if (open >= settings.limits.connections) {
        co_await from.pause();
        continue;
      }
      auto socket = co_await from.accept();
      if (socket.is_open() && from.is_open()) next_thread().serve(std::move(socket), role);
    }
  }

  void start() {
    for (auto& [from, role] : listeners)
      spawn(threads.front()->context().get_executor(), accept_from(*from, role));
    running = threads.size();
    for (auto& thread : threads)
      thread->start([this] {
        const std::lock_guard lock(mutex);
        --running;
        ended.notify_all();
      });
    started = true;
  }

  // Afterwards no thread is given a connection any more.
  void close_listeners() {
    std::promise<void> closed;
    asio::post(threads.front()->context(), [&] {
      for (auto& [from, role] : listeners) from->close();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  void stop(time_point drain_until) {
    if (!std::exchange(started, false)) return;
    close_listeners();
    for (auto& thread : threads) thread->drain();
    {
      std::unique_lock lock(mutex);
      ended.wait_until(lock, drain_until, [this] { return running == 0; });
    }
    for (auto& thread : threads) thread->cut();
    for (auto& thread : threads) thread->join();
  }

  struct open_door {
    std::unique_ptr<listener> from;
    const std::string* role;  // of the settings; nullptr: the front door
  };

  server_settings settings;
  std::unique_ptr<access_log> log;  // the threads use it
  std::atomic<std::size_t> open = 0;
  std::vector<std::unique_ptr<data_thread>> threads;
  std::vector<open_door> listeners;  // on the first thread
  std::size_t next = 0;
  bool started = false;

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;
};

server::server(server_settings settings, std::shared_ptr<const routing_table> routes,
               lease_source& leases, const state_source& states, metrics::catalogue& metrics,
               tracing::request_traces* traces)
    : implementation_(std::make_unique<implementation>(std::move(settings), routes, leases, states,
                                                       metrics, traces)) {}

server::~server() { stop(std::chrono::steady_clock::now()); }

std::vector<registry::tcp_endpoint> server::endpoints() const {
  std::vector<registry::tcp_endpoint> bound;
  for (const auto& [from, role] : implementation_->listeners)
    if (role == nullptr) bound.push_back(from->endpoint());
  return bound;
}

std::vector<role_door> server::doors() const {
  std::vector<role_door> bound;
  for (const auto& [from, role] : implementation_->listeners)
    if (role != nullptr) bound.push_back({.role = *role, .where = from->endpoint()});
  return bound;
}

std::vector<thread_pulse> server::pulses() const {
  std::vector<thread_pulse> pulses;
  for (const auto& thread : implementation_->threads) pulses.push_back(thread->pulse());
  return pulses;
}

void server::use(access::access_files access) {
  for (auto& thread : implementation_->threads) thread->use(access);
}

void server::use(std::shared_ptr<const routing_table> routes) {
  for (auto& thread : implementation_->threads) thread->use(routes);
}

void server::reopen_access_log() {
  if (implementation_->log) implementation_->log->reopen();
}

void server::start() { implementation_->start(); }

void server::stop(time_point drain_until) { implementation_->stop(drain_until); }

}  // namespace rolecall::proxy
