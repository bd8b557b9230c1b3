#include "orchestrator/supervision/readiness_probe.hpp"

#include <doctest/doctest.h>

using namespace rolecall::supervision;

TEST_CASE("readiness: the model's path is read from /props") {
  CHECK(parse_model_path(R"({"total_slots":1,"model_path":"/models/a \"b\".gguf"})") ==
        "/models/a \"b\".gguf");
}

TEST_CASE("readiness: /props without a usable path tells no model") {
  for (const auto* text : {"", "{", "[]", "{}", R"({"model_path":7})", "null"})
    CHECK_FALSE(parse_model_path(text).has_value());
}
