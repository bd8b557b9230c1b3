#include "orchestrator/supervision/load_log.hpp"
#include "tests/integration/supervision/supervised.hpp"
#include "tools/tiny_gguf/model.hpp"

#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace rolecall::supervision;

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
  REQUIRE(instance->last_load_phases());
  std::istringstream log(instance.log_text());
  int warm_ups = 0;
  for (std::string line; std::getline(log, line);)
    if (phase_after(line, load_phase::engine) == load_phase::warm_up) ++warm_ups;
  CHECK(warm_ups == 1);  // the engine still says it in the words that are looked for
  instance->stop("operator");
  CHECK(instance.next(instance_state::stopped).reason == "operator");
}
