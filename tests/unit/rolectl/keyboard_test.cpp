#include "tools/rolectl/keyboard.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using keys = std::vector<key>;

key named(key::name what) { return {what, 0}; }
key character(char c) { return {key::name::character, c}; }

}  // namespace

TEST_CASE("rolectl keyboard: characters, control characters among them, are keys") {
  key_reader reader;
  CHECK(reader.feed("lq\x03") == keys{character('l'), character('q'), character(control_c)});
  CHECK(reader.feed("\r\n") == keys{named(key::name::enter), named(key::name::enter)});
  CHECK_FALSE(reader.waits());
}

TEST_CASE("rolectl keyboard: arrows and page keys come as sequences, in both of their modes") {
  key_reader reader;
  CHECK(reader.feed("\033[A\033OB\033[5~\033[6~") ==
        keys{named(key::name::up), named(key::name::down), named(key::name::page_up),
             named(key::name::page_down)});
  CHECK(reader.feed("\033[H\033[1~\033[F\033[4~") ==
        keys{named(key::name::home), named(key::name::home), named(key::name::end),
             named(key::name::end)});
}

TEST_CASE("rolectl keyboard: a sequence may come in pieces") {
  key_reader reader;
  CHECK(reader.feed("\033").empty());
  CHECK(reader.waits());
  CHECK(reader.feed("[").empty());
  CHECK(reader.feed("Bj") == keys{named(key::name::down), character('j')});
  CHECK_FALSE(reader.waits());
}

TEST_CASE("rolectl keyboard: an escape that nothing follows is the escape key") {
  key_reader reader;
  CHECK(reader.feed("\033").empty());
  CHECK(reader.flush() == keys{named(key::name::escape)});
  CHECK_FALSE(reader.waits());
  CHECK(reader.feed("\033q") == keys{named(key::name::escape), character('q')});
}

TEST_CASE("rolectl keyboard: what is not known is dropped whole") {
  key_reader reader;
  CHECK(reader.feed("\033[1;5Cq") == keys{character('q')});
  CHECK(reader.feed("\033[15~é") == keys{});
  CHECK(reader.feed("\033[12").empty());
  CHECK(reader.flush().empty());  // broken off
  CHECK_FALSE(reader.waits());
}
