#include "tests/bench/relay/request_load.hpp"

#include "tests/bench/relay/answer_reader.hpp"
#include "tests/bench/relay/contestants.hpp"
#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/stub_server.hpp"

#include <cerrno>
#include <stdexcept>

#include <sys/socket.h>

namespace rolecall::bench {

std::string chat_request(std::size_t body_bytes, bool model_is_last, const std::string& fields) {
  const auto model = R"("model":")" + std::string(bench_role) + '"';
  const auto head =
      "{" + (model_is_last ? "" : model + ",") + R"("messages":[{"role":"user","content":")";
  const auto tail = R"("}])" + (model_is_last ? "," + model : "") + "}";
  const auto body = head + std::string(body_bytes - head.size() - tail.size(), 'a') + tail;
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
         "Content-Type: application/json\r\nUser-Agent: bench/1\r\n" +
         fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

request_load::request_load(std::uint16_t port, std::size_t connections)
    : port_(port), request_(chat_request(1024)), connections_(connections) {
  for (std::size_t i = 0; i < connections; ++i) {
    open(i);
    free_.push_back(i);
  }
}

void request_load::open(std::size_t index) {
  auto& one = connections_[index];
  one.socket = connect_to(port_);
  one.received.clear();
  one.is_busy = false;
  poller_.add(one.socket.number(), EPOLLIN, index);
}

void request_load::send(connection& one, clock::time_point due) {
  one.due = due;
  one.is_busy = true;
  // It fits into an empty socket's buffer; if the connection has gone, receive() will tell.
  ::send(one.socket.number(), request_.data(), request_.size(), MSG_NOSIGNAL);
}

bool request_load::receive(std::size_t index) {
  auto& one = connections_[index];
  const auto length = ::recv(one.socket.number(), buffer_.data(), buffer_.size(), 0);
  if (length < 0 && errno == EAGAIN) return false;
  if (length <= 0) {
    const bool was_busy = one.is_busy;
    if (was_busy) ++failed_;
    open(index);
    return was_busy;
  }
  one.received.append(buffer_.data(), static_cast<std::size_t>(length));
  const auto head = parse_head(one.received);
  if (!head) return false;
  if (head->status != 200 || head->content_length != answer_bytes) {
    ++failed_;
    open(index);
    return true;
  }
  if (one.received.size() < head->size + answer_bytes) return false;
  one.received.clear();
  one.is_busy = false;
  ++answered_;
  return true;
}

void request_load::run_closed(clock::duration duration) {
  const auto end = clock::now() + duration;
  for (; !free_.empty(); free_.pop_front()) send(connections_[free_.front()], clock::now());
  while (clock::now() < end)
    for (const auto& event : poller_.wait(end))
      if (const auto index = event.data.u64; receive(index)) send(connections_[index], {});
}

void request_load::run_one_by_one(std::size_t requests) {
  const auto far = clock::now() + std::chrono::hours{1};
  for (std::size_t i = 0; i < requests; ++i) {
    send(connections_.front(), {});
    for (bool is_free = false; !is_free;)
      for (const auto& event : poller_.wait(far)) is_free = receive(event.data.u64);
  }
}

void request_load::run_open(clock::duration duration, double rate) {
  const std::chrono::duration<double, std::nano> gap(1e9 / rate);
  const auto start = clock::now();
  std::deque<clock::time_point> waiting;
  for (std::size_t number = 0;;) {
    const auto next =
        start + std::chrono::duration_cast<clock::duration>(gap * static_cast<double>(number));
    if (next >= start + duration) break;
    for (const auto& event : poller_.wait(next)) {
      const auto index = event.data.u64;
      const auto answers = answered_;
      if (!receive(index)) continue;
      if (answered_ > answers) latencies_.push_back(clock::now() - connections_[index].due);
      free_.push_back(index);
    }
    if (clock::now() >= next) {
      waiting.push_back(next);
      ++number;
    }
    for (; !waiting.empty() && !free_.empty(); waiting.pop_front(), free_.pop_front())
      send(connections_[free_.front()], waiting.front());
  }
}

void request_load::reset_counts() {
  answered_ = failed_ = 0;
  latencies_.clear();
}

}  // namespace rolecall::bench
