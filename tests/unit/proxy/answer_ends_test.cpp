#include "orchestrator/proxy/answer_ends.hpp"

#include <doctest/doctest.h>

using rolecall::proxy::answer_ends;

namespace {

// Every place has a text of its own.
std::string numbered(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("answer ends: a short answer is in both") {
  answer_ends ends;
  CHECK(ends.head().empty());
  CHECK(ends.tail().empty());
  ends.add("one");
  ends.add("");
  ends.add(" two");
  CHECK(ends.head() == "one two");
  CHECK(ends.tail() == "one two");
}

TEST_CASE("answer ends: of any answer the same bytes are kept, whatever its pieces are") {
  for (const std::size_t size : {1, 511, 512, 513, 767, 768, 769, 1536, 1537, 5000, 100'000}) {
    const auto whole = numbered(size);
    for (const std::size_t step : {1, 7, 512, 768, 1000, 65'536}) {
      answer_ends ends;
      for (std::string_view rest = whole; !rest.empty();) {
        const auto piece = rest.substr(0, step);
        ends.add(piece);
        rest.remove_prefix(piece.size());
      }
      CAPTURE(size);
      CAPTURE(step);
      CHECK(ends.head() == whole.substr(0, answer_ends::head_bytes));
      CHECK(ends.tail() == whole.substr(size - std::min(size, answer_ends::tail_bytes)));
    }
  }
}

TEST_CASE("answer ends: the next answer begins anew") {
  answer_ends ends;
  ends.add(numbered(3000));
  ends.clear();
  CHECK(ends.head().empty());
  CHECK(ends.tail().empty());
  ends.add("next");
  CHECK(ends.head() == "next");
  CHECK(ends.tail() == "next");
}
