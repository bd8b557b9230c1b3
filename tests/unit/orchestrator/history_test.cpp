#include "orchestrator/history.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

using rolecall::history;
namespace asio = boost::asio;

namespace {

rolecall::admin::fleet_event event_of(std::string text) {
  rolecall::admin::fleet_event event;
  event.kind = "state";
  event.text = std::move(text);
  return event;
}

}  // namespace

TEST_CASE("history: events are numbered from one, and the oldest are dropped beyond its capacity") {
  asio::io_context context;
  history events(context.get_executor());
  for (std::size_t i = 0; i < history::capacity + 5; ++i)
    events.append(event_of(std::to_string(i)));
  CHECK(events.last_id() == history::capacity + 5);
  const auto all = events.events_after(0);
  CHECK(all.size() == history::capacity);
  CHECK(all.front().id == 6);
  CHECK(events.events_after(history::capacity + 3).size() == 2);
  CHECK(events.events_after(history::capacity + 5).empty());
}

TEST_CASE("history: everybody who waits is woken by the next event") {
  asio::io_context context;
  history events(context.get_executor());
  int woken = 0;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(context, events.after(0),
                   [&](const std::exception_ptr& failure) { woken += failure ? 0 : 1; });
  context.poll();
  CHECK(woken == 0);
  events.append(event_of("starting → ready"));
  context.poll();
  CHECK(woken == 3);
}

TEST_CASE("history: a cancelled wait ends without an event") {
  asio::io_context context;
  history events(context.get_executor());
  asio::cancellation_signal cancel;
  bool aborted = false;
  asio::co_spawn(
      context, events.after(0),
      asio::bind_cancellation_slot(
          cancel.slot(), [&](const std::exception_ptr& failure) { aborted = bool(failure); }));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  context.poll();
  CHECK(aborted);
}
