#include "orchestrator/admin/event_feed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds keep_alive_interval{15};

/// False: nothing happened for as long as a proxy between us may be patient.
asio::awaitable<bool> event_within(fleet& f, std::uint64_t after, std::chrono::seconds time) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor, time};
  const auto outcome = co_await asio::experimental::make_parallel_group(
                           asio::co_spawn(executor, f.event_after(after), asio::deferred),
                           timer.async_wait(asio::deferred))
                           .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  constexpr std::size_t event_first = 0;
  co_return std::get<0>(outcome)[0] == event_first;
}

}  // namespace

std::string to_sse(const fleet_event& event) {
  return "id: " + std::to_string(event.id) + "\nevent: " + event.kind +
         "\ndata: " + to_json(event) + "\n\n";
}

asio::awaitable<void> send_events(body_stream& out, fleet& f, std::uint64_t after, bool follow) {
  co_await out.begin("text/event-stream");
  if (const auto all = f.events_after(0); all.empty() || all.back().id < after) after = 0;
  while (true) {
    std::string text;
    for (const auto& event : f.events_after(after)) {
      text += to_sse(event);
      after = event.id;
    }
    co_await out.write(std::move(text));
    if (!follow) break;
    if (!co_await event_within(f, after, keep_alive_interval))
      co_await out.write(": still here\n\n");
  }
  co_await out.end();
}

}  // namespace rolecall::admin
