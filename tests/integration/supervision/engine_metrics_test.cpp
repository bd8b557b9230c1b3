// Processes that run tell what they did: the engine by its metrics, the kernel by its own.

#include "launcher/process_usage.hpp"
#include "orchestrator/observation/engine_watch.hpp"
#include "tests/integration/supervision/supervised.hpp"
#include "tests/support/http_client.hpp"
#include "tools/tiny_gguf/model.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
namespace metrics = rolecall::metrics;
namespace observation = rolecall::observation;

namespace {

/// The first sample of an instance that has generated this.
metrics::engine_sample sample_after(supervised& instance, std::string_view route,
                                    std::string_view body) {
  REQUIRE(request(instance.port(), "POST", route, body).status == 200);
  std::optional<metrics::engine_sample> found;
  observation::engine_watch watch(
      instance.loop().get_executor(),
      [&](observation::instance, const metrics::engine_sample& sample,
          observation::engine_watch::time_point) { found = sample; },
      [](observation::instance, const std::string& reason) { FAIL(reason); },
      {.period = std::chrono::hours{1}, .patience = std::chrono::minutes{1}});
  watch.watch(0, instance.port());
  instance.run_until([&] { return found.has_value(); });
  return *found;
}

}  // namespace

TEST_CASE("engine watch: the real llama-server tells what it generated, and what for") {
  if (!std::filesystem::exists(ROLECALL_LLAMA_SERVER)) {
    MESSAGE("left out: no " ROLECALL_LLAMA_SERVER);
    return;
  }
  const temporary_directory folder;
  const auto model = folder.path() / "dense.gguf";
  rolecall::tiny_gguf::write_model(rolecall::tiny_gguf::model_kind::dense, model);
  supervised instance({.knobs = {"-c", "256", "-np", "1", "--metrics"},
                       .program = ROLECALL_LLAMA_SERVER,
                       .model = model});
  instance.become_ready();
  const auto sample = sample_after(
      instance, "/completion", R"({"prompt":"the small model","n_predict":5,"ignore_eos":true})");
  CHECK(sample.prompt_tokens > 0);
  CHECK(sample.prompt_seconds > 0);
  CHECK(sample.predicted_tokens == 5);
  CHECK(sample.predicted_seconds > 0);
  CHECK(sample.decodes >= 5);
  CHECK(sample.draft_tokens == 0);
  CHECK(sample.processing == 0);
  CHECK(sample.deferred == 0);
  const auto usage = rolecall::launcher::read_process_usage(instance->pid());
  REQUIRE(usage);
  CHECK(usage->threads > 1);
}

TEST_CASE("engine watch: the fake llama-server counts what it sends") {
  supervised instance({.knobs = {"--fake-chunks", "7"}});
  instance.become_ready();
  CHECK(sample_after(instance, "/completion", R"({"prompt":"x","stream":true})") ==
        metrics::engine_sample{.prompt_tokens = 1, .predicted_tokens = 7, .decodes = 7});
  CHECK(sample_after(instance, "/completion", R"({"prompt":"x"})").predicted_tokens == 14);
}
