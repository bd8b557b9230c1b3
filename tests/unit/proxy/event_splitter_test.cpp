#include "orchestrator/proxy/event_splitter.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using rolecall::proxy::event_splitter;

namespace {

std::vector<std::string> events_in(const std::vector<std::string>& pieces) {
  std::vector<std::string> events;
  event_splitter splitter;
  for (const auto& piece : pieces)
    splitter.feed(piece, [&](std::string_view text) { events.emplace_back(text); });
  return events;
}

}  // namespace

TEST_CASE("proxy: a stream is cut into its events wherever its pieces are cut") {
  const std::string stream =
      "data: one\n\n: waiting\n\nevent: x\r\ndata:two\r\n\r\ndata: a\ndata: b\n\n";
  const std::vector<std::string> expected = {"one", "two", "a\nb"};
  CHECK(events_in({stream}) == expected);
  for (std::size_t at = 0; at <= stream.size(); ++at) {
    CAPTURE(at);
    CHECK(events_in({stream.substr(0, at), stream.substr(at)}) == expected);
  }
  std::vector<std::string> bytes;
  for (const char c : stream) bytes.emplace_back(1, c);
  CHECK(events_in(bytes) == expected);
}

TEST_CASE("proxy: an event that has not ended is not told") {
  CHECK(events_in({"data: one\n"}).empty());
  CHECK(events_in({"\n\n\nevent: error\n\n"}).empty());
}
