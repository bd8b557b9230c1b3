#pragma once

#include "tests/bench/relay/poller.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace rolecall::bench {

/// A POST of about 1 KiB, an answer of 1 KiB, on kept connections; one request at a time on each.
class request_load {
 public:
  request_load(std::uint16_t port, std::size_t connections);

  /// Closed loop: every connection sends as soon as it has its answer.
  void run_closed(clock::duration duration);
  /// So many requests, one after the other over the first connection.
  void run_one_by_one(std::size_t requests);
  /// Open loop: so many requests a second, whatever becomes of them. One that finds no connection
  /// free waits for one, and its latency counts from when it was due.
  void run_open(clock::duration duration, double rate);

  /// Forgets what was counted so far; requests under way go on.
  void reset_counts();
  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
  /// Answers that were not what the upstream sends, and connections that ended early.
  [[nodiscard]] std::size_t failed() const noexcept { return failed_; }
  /// Of the open loop.
  [[nodiscard]] const std::vector<clock::duration>& latencies() const noexcept {
    return latencies_;
  }

 private:
  struct connection {
    launcher::descriptor socket;
    std::string received;
    clock::time_point due;
    bool is_busy = false;
  };

  void open(std::size_t index);
  void send(connection& one, clock::time_point due);
  /// True when the answer is complete, or none will come: the connection is free.
  bool receive(std::size_t index);

  std::uint16_t port_;
  std::string request_;
  std::vector<connection> connections_;
  std::deque<std::size_t> free_;
  poller poller_;
  std::vector<char> buffer_ = std::vector<char>(64U << 10);
  std::size_t answered_ = 0;
  std::size_t failed_ = 0;
  std::vector<clock::duration> latencies_;
};

/// A chat request with a body of so many bytes, `model` first or last in it, and further fields
/// ("name: value\r\n").
[[nodiscard]] std::string chat_request(std::size_t body_bytes, bool model_is_last = false,
                                       const std::string& fields = {});

}  // namespace rolecall::bench
