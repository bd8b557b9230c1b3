#include "orchestrator/supervision/readiness_probe.hpp"

#include <doctest/doctest.h>

using namespace rolecall::supervision;

TEST_CASE("readiness: model, slots and context of a slot are read from /props") {
  CHECK(parse_served(R"({"default_generation_settings":{"params":{},"n_ctx":1536},"total_slots":2,)"
                     R"("model_path":"/models/a \"b\".gguf"})") ==
        served_model{.path = "/models/a \"b\".gguf", .slots = 2, .context = 1536});
}

TEST_CASE("readiness: what /props does not tell in a usable way is not known") {
  for (const auto* text :
       {"", "{", "[]", "{}", "null", R"({"model_path":7,"total_slots":"2"})",
        R"({"default_generation_settings":[]})",
        R"({"default_generation_settings":{"n_ctx":1e99},"total_slots":99999999999})"})
    CHECK(parse_served(text) == served_model{});
}
