#include "orchestrator/supervision/load_log.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::supervision;
using rolecall::test::temporary_directory;

namespace {

/// The lines after which the engine warms up.
std::vector<std::string_view> warming(const std::vector<std::string_view>& lines) {
  std::vector<std::string_view> found;
  auto phase = load_phase::engine;
  for (const auto line : lines) {
    phase = phase_after(line, phase);
    if (phase == load_phase::warm_up) found.push_back(line);
  }
  return found;
}

struct written_log {
  temporary_directory folder;
  std::filesystem::path file = folder.path() / "small.log";

  void add(std::string_view text) const { std::ofstream(file, std::ios::app) << text; }
  [[nodiscard]] load_log from(std::uintmax_t offset) const {
    load_log log;
    log.begin(file, offset);
    return log;
  }
};

constexpr std::string_view threadpool =
    "0.03.150.331 I cmn          init: llama threadpool init, n_threads = 2\n";
constexpr std::string_view slots =
    "0.07.540.570 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 4096, kv_unified = "
    "'false'\n";

}  // namespace

// Recorded from llama-server 0.7.0.
TEST_CASE("load log: the silence after the threadpool's line is the warm-up") {
  const std::string_view start_of_it =
      "0.03.150.331 I cmn          init: llama threadpool init, n_threads = 2";
  CHECK(warming({
            "0.00.002.449 I srv  llama_server: initializing ...",
            "0.00.018.957 I cmn  common_param: common_params_print_info: verbosity = 3 (adjust "
            "with the `-lv N` CLI arg)",
            "0.00.021.262 I srv    load_model: loading model 'x.gguf'",
            start_of_it,
            "0.07.540.570 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 4096, "
            "kv_unified = 'false'",
            "0.07.543.785 I srv  llama_server: model loaded",
            "0.07.543.815 I srv  llama_server: listening on http://127.0.0.1:8081",
        }) == std::vector{start_of_it});
}

TEST_CASE("load log: a draft model or a projector is loaded after the warm-up, not in it") {
  const std::string_view start_of_it =
      "0.00.055.074 I cmn          init: llama threadpool init, n_threads = 2";
  for (const std::string_view next :
       {"0.00.063.900 I common_speculative_init_result: loading draft model '/m/draft.gguf'",
        "0.00.294.331 W load_hparams: Qwen-VL models require at minimum 1024 image tokens to "
        "function correctly on grounding tasks"})
    CHECK(warming({start_of_it, next,
                   "0.00.079.479 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 512, "
                   "kv_unified = 'false'"}) == std::vector{start_of_it});
}

TEST_CASE("load log: a verbose engine names the warm-up itself") {
  const std::string_view threads =
      "0.00.319.671 I cmn          init: llama threadpool init, n_threads = 2";
  const std::string_view named =
      "0.00.319.689 I cmn  common_init_: warming up the model with an empty run - please wait ... "
      "(--no-warmup to disable)";
  CHECK(warming({
            "0.00.028.668 I load_tensors: loading model tensors, this can take a while... "
            "(load_mode = mmap)",
            threads,
            "0.00.319.681 D attach_threadpool: call",
            named,
            "0.01.076.862 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 4096, "
            "kv_unified = 'false'",
        }) == std::vector{threads, named});
}

TEST_CASE("load log: lines of an engine that is not known tell of no warm-up") {
  CHECK(warming({"main: build 1 (abc)", "srv  load: weights", "", "ready"}).empty());
}

TEST_CASE("load log: an empty line changes nothing") {
  CHECK(phase_after("", load_phase::warm_up) == load_phase::warm_up);
  CHECK(phase_after("", load_phase::engine) == load_phase::engine);
}

TEST_CASE("load log: it is followed as it grows") {
  const written_log written;
  auto log = written.from(0);
  log.look();
  CHECK(log.phase() == load_phase::engine);
  CHECK(log.size() == 0);
  written.add(threadpool);
  log.look();
  CHECK(log.phase() == load_phase::warm_up);
  CHECK(log.size() == threadpool.size());
  log.look();
  CHECK(log.phase() == load_phase::warm_up);
  written.add(slots);
  log.look();
  CHECK(log.phase() == load_phase::engine);
}

TEST_CASE("load log: a line counts when it is complete") {
  const written_log written;
  auto log = written.from(0);
  written.add(threadpool.substr(0, 50));
  log.look();
  CHECK(log.phase() == load_phase::engine);
  written.add(threadpool.substr(50));
  log.look();
  CHECK(log.phase() == load_phase::warm_up);
}

TEST_CASE("load log: what earlier starts wrote does not count") {
  const written_log written;
  written.add(threadpool);
  auto log = written.from(threadpool.size());
  log.look();
  CHECK(log.phase() == load_phase::engine);
}

TEST_CASE("load log: one that was cut is read from its beginning") {
  const written_log written;
  written.add(std::string(1000, 'x') + '\n');
  auto log = written.from(1001);
  log.look();
  std::filesystem::resize_file(written.file, 0);
  written.add(threadpool);
  log.look();
  CHECK(log.phase() == load_phase::warm_up);
}

TEST_CASE("load log: of a flood no line is left out, whatever a look reads of it") {
  const written_log written;
  const std::string noise(200, 'D');
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += noise + '\n';
  written.add(flood + std::string{threadpool});
  auto log = written.from(0);
  log.look();
  CHECK(log.phase() == load_phase::engine);
  for (int i = 0; i < 3; ++i) log.look();
  CHECK(log.phase() == load_phase::warm_up);
}

TEST_CASE("load log: a line without an end is not kept in memory, and ends some time") {
  const written_log written;
  auto log = written.from(0);
  for (int i = 0; i < 3; ++i) {
    written.add(std::string(60'000, 'x'));
    log.look();
  }
  written.add("\n" + std::string{threadpool});
  log.look();
  CHECK(log.phase() == load_phase::warm_up);
}

TEST_CASE("load log: a log that is missing tells nothing") {
  const written_log written;
  auto log = written.from(70);
  log.look();
  CHECK(log.size() == 0);
  CHECK(log.phase() == load_phase::engine);
}
