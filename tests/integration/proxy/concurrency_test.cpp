#include "tests/integration/proxy/front_door.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

/// A llama-server that answers each request with its own body, on as many connections as come,
/// until it is stopped.
class echoing_upstream {
 public:
  explicit echoing_upstream(listening_port& port) : port_(port) {
    acceptor_ = std::thread([this] {
      while (true) {
        auto connection = port_.accept();
        if (stopped_) return;
        workers_.emplace_back([served = std::move(connection)]() mutable { echo(served); });
      }
    });
  }
  ~echoing_upstream() {
    stopped_ = true;
    const auto wake = peer::connect(port_.port());
    acceptor_.join();
    for (auto& worker : workers_) worker.join();
  }

 private:
  // Every other answer is a stream, by its nonce.
  static void echo(peer& connection) {
    try {
      while (true) {
        const auto body = connection.receive_message().body;
        if (body.find("\"stream\":true") == std::string::npos)
          connection.send(answer_text(body));
        else
          connection.send(stream_head() + chunk(body.substr(0, 10)) + chunk(body.substr(10)) +
                          std::string{last_chunk});
      }
    } catch (const std::exception&) {
      // The proxy has closed the connection.
    }
  }

  listening_port& port_;
  std::atomic<bool> stopped_ = false;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace

TEST_CASE("proxy: 64 clients at once get each its own answers") {
  constexpr int clients = 64;
  constexpr int requests = 20;
  front_door door({.threads = 2});
  std::optional<echoing_upstream> solo(door.solo.port);
  std::optional<echoing_upstream> twin_a(door.twin_a.port);
  std::optional<echoing_upstream> twin_b(door.twin_b.port);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&door, &right, i] {
      try {
        auto client = door.connect();
        for (int n = 0; n < requests; ++n) {
          const auto nonce = ",\"nonce\":\"" + std::to_string(i) + "-" + std::to_string(n) +
                             "\",\"stream\":" + ((i + n) % 2 == 0 ? "true" : "false");
          const auto text = front_door::post_text((i + n) % 3 == 0 ? "solo" : "twin", nonce);
          client.send(text);
          if (client.receive_message().body == text.substr(text.find("\r\n\r\n") + 4)) ++right;
        }
      } catch (const std::exception&) {
        // Counted as not right.
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == clients * requests);
  for (auto* each : {&door.solo, &door.twin_a, &door.twin_b})
    door.leases.wait_until_idle(each->gate);
  door.stop();
  CHECK(door.metric(R"(rolecall_requests_in_flight{role="solo"})") == 0);
  CHECK(door.metric(R"(rolecall_requests_in_flight{role="twin"})") == 0);
}
