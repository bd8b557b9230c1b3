#include "orchestrator/proxy/body_facts.hpp"

#include "tests/unit/proxy/scanned_body.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

std::optional<std::uint64_t> prefix_of(const std::string& body) {
  const auto found = test::scan(body);
  REQUIRE_MESSAGE(found.has_value(), body);
  return found->prefix;
}

std::string message(std::string_view role, const std::string& text) {
  return std::string{R"({"role":")"}.append(role) + R"(","content":")" + text + "\"}";
}

std::string chat(const std::string& messages) { return R"({"messages":[)" + messages + "]}"; }

}  // namespace

TEST_CASE("proxy: every turn of a conversation has the same prefix") {
  const auto opening = message("system", "be brief") + "," + message("user", "hello");
  const auto first = prefix_of(chat(opening));
  REQUIRE(first.has_value());
  CHECK(prefix_of(chat(opening + "," + message("assistant", "hi"))) == first);
  CHECK(prefix_of(chat(opening + "," + message("assistant", "hi") + "," +
                       message("user", "who are you?"))) == first);
  CHECK(prefix_of(R"({"model":"coder","stream":true,"messages":[)" + opening +
                  R"( ,{"x":[]}],"n":1})") == first);
}

TEST_CASE("proxy: conversations that begin differently have different prefixes") {
  const auto opening = message("system", "be brief") + "," + message("user", "hello");
  const auto first = prefix_of(chat(opening));
  CHECK(prefix_of(chat(message("system", "be brief") + "," + message("user", "hellp"))) != first);
  CHECK(prefix_of(chat(message("system", "be brisk") + "," + message("user", "hello"))) != first);
  CHECK(prefix_of(chat(message("user", "hello"))) != first);
  CHECK(prefix_of(R"({"input":[)" + opening + "]}") != first);
}

TEST_CASE("proxy: a long system text that conversations share does not make them one") {
  const auto shared = message("system", std::string(100'000, 's')) + ",";
  CHECK(prefix_of(chat(shared + message("user", "one"))) !=
        prefix_of(chat(shared + message("user", "two"))));
}

TEST_CASE("proxy: the first 4 KiB of a part count, whatever comes after") {
  const std::string long_text(4096, 'p');
  CHECK(prefix_of(R"({"prompt":")" + long_text + "and so on\"}") ==
        prefix_of(R"({"prompt":")" + long_text + "and otherwise\"}"));
  CHECK(prefix_of(R"({"prompt":"one"})") != prefix_of(R"({"prompt":"two"})"));
}

TEST_CASE("proxy: a system text beside the messages belongs to the conversation") {
  const auto of = [](const std::string& system) {
    return prefix_of(R"({"system":)" + system + R"(,"messages":[)" + message("user", "a") + "]}");
  };
  CHECK(of("\"one\"") != of("\"two\""));
  CHECK(of("\"one\"") == of("\"one\""));
  CHECK(of(R"([{"type":"text","text":"one"}])") != of(R"([{"type":"text","text":"two"}])"));
  CHECK(of("null") == prefix_of(chat(message("user", "a"))));
  CHECK(prefix_of(R"({"instructions":"one","input":"a"})") !=
        prefix_of(R"({"instructions":"two","input":"a"})"));
}

TEST_CASE("proxy: a body without a conversation has no prefix") {
  CHECK(prefix_of("{}") == std::nullopt);
  CHECK(prefix_of(R"({"prompt":null})") == std::nullopt);
  CHECK(prefix_of(R"({"content":"x","a":{"prompt":"x"}})") == std::nullopt);
  CHECK(prefix_of(R"(["messages",["prompt"]])") == std::nullopt);
  CHECK(prefix_of(R"({"prompt":"x","prompt":null})") == std::nullopt);
}

TEST_CASE("proxy: of two parts of one name the last one counts") {
  CHECK(prefix_of(R"({"prompt":"one","prompt":"two"})") == prefix_of(R"({"prompt":"two"})"));
  CHECK(prefix_of(R"({"messages":[{"role":"user"}],"messages":[{"role":"user","content":1}]})") ==
        prefix_of(R"({"messages":[{"role":"user","content":1}]})"));
}

TEST_CASE("proxy: only a message whose own role is user ends the leading part") {
  const auto ends_at_first = [](const std::string& first) {
    return prefix_of(chat(first)) == prefix_of(chat(first + ",{\"role\":\"assistant\"}"));
  };
  CHECK(ends_at_first(R"({"role":"user"})"));
  CHECK(ends_at_first(R"({"content":[{"a":[]}],"r\u006fle":"user"})"));
  CHECK_FALSE(ends_at_first(R"({"role":"users"})"));
  CHECK_FALSE(ends_at_first(R"({"role":["user"]})"));
  CHECK_FALSE(ends_at_first(R"({"content":{"role":"user"}})"));
  CHECK_FALSE(ends_at_first(R"({"content":"role","x":"user"})"));
  CHECK_FALSE(ends_at_first(R"({"role":"user","role":"system"})"));
  CHECK_FALSE(ends_at_first(R"("user")"));
}

TEST_CASE("proxy: a prefix is the same wherever the body is cut") {
  const auto body = chat(message("system", std::string(5000, 's')) + "," +
                         message("user", std::string(300, 'u')) + "," + message("user", "later"));
  const auto whole = prefix_of(body);
  for (const std::size_t step : {1U, 2U, 3U, 7U, 8U, 9U, 64U, 1000U, 4096U}) {
    const auto found = test::scan(body, step);
    REQUIRE(found.has_value());
    CHECK(found->prefix == whole);
  }
}
