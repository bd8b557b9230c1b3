#include "orchestrator/proxy/upstream_pool.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace rolecall::proxy {
namespace {

// An idle connection has nothing to say: a byte would answer nobody's request, and end of stream is
// its end.
bool is_silent(upstream_connection& connection) {
  char byte = 0;
  const auto got =
      ::recv(connection.socket.native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

upstream_pool::upstream_pool(const executor& on) : sweep_(on) {}

std::unique_ptr<upstream_connection> upstream_pool::take(residency::instance_id instance,
                                                         time_point now) {
  const auto found = idle_.find(instance);
  if (found == idle_.end()) return nullptr;
  auto& connections = found->second;
  while (!connections.empty()) {
    auto connection = std::move(connections.back());
    connections.pop_back();
    if (now - connection->idle_since < longest_idle && is_silent(*connection)) return connection;
  }
  return nullptr;
}

void upstream_pool::put(residency::instance_id instance,
                        std::unique_ptr<upstream_connection> connection, time_point now) {
  ++connection->served;
  if (closed_ || connection->served >= most_requests || connection->input.size() != 0) return;
  auto& connections = idle_[instance];
  if (connections.size() >= most_idle) return;
  connection->idle_since = now;
  connections.push_back(std::move(connection));
  if (!sweeping_) arm_sweep();
}

void upstream_pool::sweep(time_point now) {
  for (auto& [instance, connections] : idle_) {
    // Oldest first, as they were put.
    const auto kept = std::ranges::find_if(connections, [now](const auto& connection) {
      return now - connection->idle_since < longest_idle;
    });
    connections.erase(connections.begin(), kept);
  }
}

void upstream_pool::close() {
  closed_ = true;
  idle_.clear();
  sweep_.cancel();
}

std::size_t upstream_pool::idle() const noexcept {
  std::size_t count = 0;
  for (const auto& [instance, connections] : idle_) count += connections.size();
  return count;
}

void upstream_pool::arm_sweep() {
  sweeping_ = true;
  sweep_.expires_after(longest_idle);
  sweep_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;  // closed, or destroyed: then `this` is gone
    sweep(std::chrono::steady_clock::now());
    sweeping_ = false;
    if (idle() != 0) arm_sweep();
  });
}

}  // namespace rolecall::proxy
