#include "orchestrator/proxy/watch_list.hpp"

namespace rolecall::proxy {

using std::chrono::steady_clock;

void watch_list::add(waiting_client& client) {
  client.waits_since = steady_clock::now();
  clients_.push_back(client);
  if (!armed_) arm();
}

void watch_list::arm() {
  armed_ = true;
  look_.expires_at(clients_.front().waits_since + patience);
  look_.async_wait([this](boost::system::error_code ec) {
    if (!ec) look();
  });
}

void watch_list::look() {
  armed_ = false;
  const auto now = steady_clock::now();
  while (!clients_.empty() && clients_.front().waits_since + patience <= now) {
    auto& client = clients_.front();
    clients_.pop_front();
    client.waited_long();
  }
  if (!clients_.empty()) arm();
}

}  // namespace rolecall::proxy
