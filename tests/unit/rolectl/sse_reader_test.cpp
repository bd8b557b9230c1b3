#include "tools/rolectl/sse_reader.hpp"

#include <doctest/doctest.h>

namespace {

using rolecall::rolectl::sse_event;
using rolecall::rolectl::sse_reader;

std::vector<sse_event> fed_by(std::string_view text, std::size_t piece_size) {
  sse_reader reader;
  std::vector<sse_event> all;
  for (; !text.empty(); text.remove_prefix(std::min(piece_size, text.size())))
    for (auto& event : reader.feed(text.substr(0, piece_size))) all.push_back(std::move(event));
  return all;
}

}  // namespace

TEST_CASE("rolectl sse: events come out alike in whatever pieces they arrive") {
  constexpr auto* text =
      ": comment\n\nid: 1\nevent: state\ndata: {\"a\":1}\n\ndata:one\r\ndata: two\r\n\r\ndata: "
      "[DONE]\n\n";
  const std::vector<sse_event> wanted{
      {"state", "{\"a\":1}"}, {"message", "one\ntwo"}, {"message", "[DONE]"}};
  for (const std::size_t size : {1U, 2U, 3U, 7U, 1000U}) CHECK(fed_by(text, size) == wanted);
}

TEST_CASE("rolectl sse: an event is complete at its blank line, not before") {
  sse_reader reader;
  CHECK(reader.feed("data: half\n").empty());
  CHECK(reader.feed("\n") == std::vector<sse_event>{{"message", "half"}});
}

TEST_CASE("rolectl sse: events without data and fields that nobody knows are dropped") {
  CHECK(fed_by("event: ping\n\nretry: 5\n\nnonsense\n\n", 1000).empty());
  CHECK(fed_by("data\n\n", 1000) == std::vector<sse_event>{{"message", ""}});
}
