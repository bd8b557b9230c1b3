#pragma once

#include "launcher/descriptor.hpp"
#include "orchestrator/observation/heartbeat.hpp"
#include "orchestrator/proxy/client_connection.hpp"
#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace rolecall::proxy {

/// One thread that serves, with the group of its sessions. Owned by the server. The thread ends
/// when it has been told to drain and the last session is over.
class data_thread {
 public:
  /// What the environment refers to outlives the thread. `name`: in metrics, "data-1" …; `open`
  /// counts connections over all threads.
  data_thread(std::string name, std::shared_ptr<const routing_table> routes, lease_source& leases,
              const state_source& states, metrics::catalogue& metrics,
              const server_settings& settings, access_log* log, tracing::request_ring* traces,
              std::atomic<std::size_t>& open);

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  /// Any thread.
  [[nodiscard]] thread_pulse pulse() const { return {name_, heartbeat_.last_beat()}; }

  /// `ended` is called on the thread as its last act.
  void start(std::function<void()> ended);
  void join();

  // From any thread.
  /// Serves a connection that any thread has accepted. `door`: the role whose door it came through,
  /// or nullptr.
  void serve(tcp_socket accepted, const std::string* door);
  void use(access::access_files access);
  void use(std::shared_ptr<const routing_table> routes);
  /// Closes idle connections; the others end with the request they carry.
  void drain();
  /// Interrupts every session.
  void cut();

 private:
  class membership;

  [[nodiscard]] task<void> run_session(launcher::descriptor accepted, boost::asio::ip::tcp protocol,
                                       const std::string* door);
  void end_if_empty();

  // First, as everything after it uses it to its own end.
  boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // one thread's sockets
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  session_environment environment_;
  std::string name_;
  observation::heartbeat heartbeat_;
  std::set<client_connection*> sessions_;
  std::atomic<std::size_t>& open_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace rolecall::proxy
