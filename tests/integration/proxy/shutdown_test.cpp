#include "tests/integration/proxy/front_door.hpp"

#include <filesystem>
#include <future>
#include <system_error>

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

std::future<void> stopping(front_door& door, std::chrono::seconds drain) {
  return std::async(std::launch::async, [&door, drain] {
    door.server->stop(std::chrono::steady_clock::now() + drain);
  });
}

}  // namespace

TEST_CASE("proxy: a shutdown lets a running stream come to its end") {
  front_door door({.threads = 2});
  auto idle = door.connect();
  idle.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(idle.receive_message().status() == 200);
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + chunk("data: 1\n\n"));
  client.receive_to("data: 1\n\n\r\n");

  auto stopped = stopping(door, 30s);
  CHECK(idle.is_ended());  // the shutdown has begun
  upstream.send(chunk("data: 2\n\n") + std::string{last_chunk});
  CHECK(client.receive_chunk() == "data: 2\n\n");
  CHECK(client.receive_chunk().empty());
  CHECK(client.is_ended());
  stopped.get();
  CHECK_THROWS(door.connect());
}

TEST_CASE("proxy: an answer that begins during a shutdown ends its connection") {
  front_door door;
  auto idle = door.connect();
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  auto stopped = stopping(door, 30s);
  CHECK(idle.is_ended());
  upstream.send(answer_text("last"));
  CHECK(client.receive_message().body == "last");
  CHECK(client.is_ended());
  stopped.get();
}

TEST_CASE("proxy: what still runs when the drain time is over is told so and cut off") {
  front_door door;
  auto stream = door.post("solo");
  auto solo = door.solo.port.accept();
  solo.receive_message();
  solo.send(stream_head() + chunk("data: 1\n\n"));
  stream.receive_to("data: 1\n\n\r\n");
  auto unanswered = door.post("twin");
  auto twin = door.twin_a.port.accept();
  twin.receive_message();
  auto waiting = door.post("cold");
  door.leases.wait_for_waiters(1);

  auto stopped = stopping(door, 0s);
  CHECK(stream.receive_chunk().find("shutting_down") != std::string::npos);
  CHECK(stream.receive_chunk().empty());
  CHECK(unanswered.receive_message().status() == 503);
  CHECK(waiting.receive_message().status() == 503);
  door.leases.wait_for_withdrawals(1);
  CHECK(solo.is_ended());
  CHECK(twin.is_ended());
  stopped.get();
}

TEST_CASE("proxy: a port that is taken is told by its address") {
  front_door door;
  struct no_states final : rolecall::proxy::state_source {
    [[nodiscard]] std::shared_ptr<const std::vector<rolecall::proxy::role_state>> role_states()
        const override {
      return nullptr;
    }
  } states;
  const auto routes = std::make_shared<const rolecall::proxy::routing_table>();
  const auto listen = [&](std::string address, std::uint16_t port) {
    const rolecall::proxy::server second(
        {.listen = {{.address = std::move(address), .port = port}}}, routes, door.leases, states,
        door.metrics);
  };
  const auto address = "127.0.0.1:" + std::to_string(door.port);
  CHECK_THROWS_WITH_AS(listen("127.0.0.1", door.port),
                       ("cannot listen on " + address + ": Address already in use").c_str(),
                       std::system_error);
  CHECK_THROWS_AS(listen("not an address", 1), std::system_error);
  listen("127.0.0.1", 0);  // never started: ends as it is
}

TEST_CASE("proxy: a child started now would inherit none of the front door's descriptors") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename());
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (descriptor <= 2 || !target.starts_with("socket:")) continue;
    CHECK_MESSAGE((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0, target);
  }
  upstream.send(answer_text("ok"));
  CHECK(client.receive_message().status() == 200);
}
