#include "orchestrator/proxy/body_model.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

std::optional<std::string> model_of(std::string_view body) {
  const auto found = find_model(body);
  REQUIRE_MESSAGE(found.has_value(), body);
  return *found;
}

std::string fault_of(std::string_view body) {
  const auto found = find_model(body);
  REQUIRE_MESSAGE(!found.has_value(), body);
  CHECK(found.error().what == body_fault::kind::malformed);
  return found.error().message;
}

}  // namespace

TEST_CASE("proxy: the model is read from the top level of the body") {
  CHECK(model_of(R"({"model":"coder"})") == "coder");
  CHECK(model_of(R"( {"messages":[{"model":"inner"}],"model":"outer","n":1.5e300} )") == "outer");
  CHECK(model_of(R"({"options":{"model":"inner"}})") == std::nullopt);
  CHECK(model_of(R"([{"model":"in an array"}])") == std::nullopt);
  CHECK(model_of(R"({"a":"model","b":"coder"})") == std::nullopt);
}

TEST_CASE("proxy: an absent, null or empty model names no role") {
  CHECK(model_of("{}") == std::nullopt);
  CHECK(model_of(R"({"model":null})") == std::nullopt);
  CHECK(model_of(R"({"model":""})") == std::nullopt);
  CHECK(model_of("3") == std::nullopt);
}

TEST_CASE("proxy: of two models in a body the last one counts") {
  CHECK(model_of(R"({"model":"first","model":"last"})") == "last");
  CHECK(model_of(R"({"model":"first","model":null})") == std::nullopt);
  CHECK(model_of(R"({"model":7,"model":"last"})") == "last");
  CHECK_FALSE(find_model(R"({"model":"first","model":7})").has_value());
}

TEST_CASE("proxy: escapes in the key and the name are read as JSON has them") {
  CHECK(model_of(R"({"m\u006fdel":"c\u006fder"})") == "coder");
  CHECK(model_of(R"({"model":"a\"b"})") == "a\"b");
}

TEST_CASE("proxy: a byte order mark before the body is skipped") {
  CHECK(model_of("\xEF\xBB\xBF{\"model\":\"coder\"}") == "coder");
}

TEST_CASE("proxy: a malformed body is refused with the offset of the fault") {
  CHECK(fault_of(R"({"model":"coder")").find("offset 16") != std::string::npos);
  CHECK(fault_of(R"({"model":"coder"} x)").find("offset 18") != std::string::npos);
  CHECK(fault_of(R"({"model":"coder","x":[1,2})").find("offset 25") != std::string::npos);
  CHECK(fault_of("").find("empty") != std::string::npos);
  CHECK(fault_of(std::string_view{"{\"model\":\"a\"}\0{}", 16}).find("offset 13") !=
        std::string::npos);
  CHECK(fault_of("{'model':'coder'}").find("offset 1)") != std::string::npos);
}

TEST_CASE("proxy: a model that is not a string is refused, whatever it is") {
  for (const auto* body : {R"({"model":7})", R"({"model":-7})", R"({"model":true})",
                           R"({"model":{}})", R"({"model":["coder"]})", R"({"model":1e3})"}) {
    const auto found = find_model(body);
    REQUIRE_MESSAGE(!found.has_value(), body);
    CHECK(found.error().what == body_fault::kind::model_not_text);
  }
}

TEST_CASE("proxy: a body nested without end is refused, and costs no stack") {
  const std::string deep(4'000'000, '[');
  CHECK(fault_of(deep).find("levels of nesting") != std::string::npos);
  std::string allowed =
      R"({"model":"coder","x":)" + std::string(900, '[') + std::string(900, ']') + "}";
  CHECK(model_of(allowed) == "coder");
}
