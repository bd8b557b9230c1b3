#include "tests/integration/supervision/supervised.hpp"
#include "tools/tiny_gguf/model.hpp"

#include <filesystem>

#include <doctest/doctest.h>

using namespace rolecall::test;

TEST_CASE("supervisor: the real llama-server becomes ready and ends on TERM") {
  if (!std::filesystem::exists(ROLECALL_LLAMA_SERVER)) {
    MESSAGE("left out: no " ROLECALL_LLAMA_SERVER);
    return;
  }
  const temporary_directory folder;
  const auto model = folder.path() / "dense.gguf";
  rolecall::tiny_gguf::write_model(rolecall::tiny_gguf::model_kind::dense, model);
  supervised instance(
      {.knobs = {"-c", "256", "-np", "1"}, .program = ROLECALL_LLAMA_SERVER, .model = model});
  instance.become_ready();
  instance->stop("operator");
  CHECK(instance.next(instance_state::stopped).reason == "operator");
}
