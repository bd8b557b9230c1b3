#include "tools/rolectl/log_folder.hpp"

#include <doctest/doctest.h>

using rolecall::rolectl::log_folder;
using rolecall::rolectl::routine_of;

namespace {

// What llama-server 0.7.0 wrote while it started and served a request.
constexpr const char* recorded =
    "rolecall: start 1 of frontdoor, 2026-11-21T10:29:04Z\n"
    "warning: no usable GPU found, --gpu-layers option will be ignored\n"
    "0.00.016.212 I srv  llama_server: initializing ...\n"
    "0.00.016.268 I cmn  common_param: common_params_print_info: verbosity = 3 (adjust with the "
    "`-lv N` CLI arg)\n"
    "0.00.016.375 I srv  init_listene: The UI is disabled\n"
    "0.00.016.395 I srv  init_listene: Use --ui/--no-ui (or deprecated --webui/--no-webui) to "
    "enable/disable\n"
    "0.00.016.461 W srv  llama_server: security: no API key is set and CORS allows all origins\n"
    "0.00.018.564 I srv    load_model: loading model '/models/moe.gguf'\n"
    "0.00.231.670 I srv  llama_server: model loaded\n"
    "0.00.231.703 I srv  llama_server: listening on http://127.0.0.1:8080\n"
    "0.04.005.065 I slot get_availabl: id  0 | task -1 | selected slot by LRU, n_tokens = 0, "
    "t_last = -1\n"
    "0.04.005.360 I slot launch_slot_: id  0 | task 0 | processing task, is_child = 0\n"
    "0.04.212.894 W slot   operator(): id  0 | task 9 | need to evaluate at least 1 token\n"
    "0.04.193.414 I slot print_timing: id  0 | task 0 | prompt eval time =     184.74 ms /    21 "
    "tokens (    8.80 ms per token,   113.67 tokens per second)\n"
    "0.04.193.420 I slot print_timing: id  0 | task 0 |       total time =     188.02 ms /    29 "
    "tokens\n"
    "0.04.193.468 I slot      release: id  0 | task 0 | stop processing: n_tokens = 28, truncated "
    "= 0\n"
    "0.54.394.461 I srv    operator(): operator(): cleaning up before exit...\n";

constexpr const char* folded =
    "rolecall: start 1 of frontdoor, 2026-11-21T10:29:04Z\n"
    "warning: no usable GPU found, --gpu-layers option will be ignored\n"
    "0.00.016.212 I srv  llama_server: initializing ...\n"
    "… 3 lines of cmn, srv\n"
    "0.00.016.461 W srv  llama_server: security: no API key is set and CORS allows all origins\n"
    "0.00.018.564 I srv    load_model: loading model '/models/moe.gguf'\n"
    "0.00.231.670 I srv  llama_server: model loaded\n"
    "0.00.231.703 I srv  llama_server: listening on http://127.0.0.1:8080\n"
    "… 2 lines of slot\n"
    "0.04.212.894 W slot   operator(): id  0 | task 9 | need to evaluate at least 1 token\n"
    "… 3 lines of slot\n"
    "0.54.394.461 I srv    operator(): operator(): cleaning up before exit...\n";

}  // namespace

TEST_CASE("rolectl logs: runs of routine become a line each, everything else stays as it is") {
  log_folder folder{{}};
  auto text = folder.take(recorded);
  text += folder.end();
  CHECK(text == folded);
}

TEST_CASE("rolectl logs: it does not matter in which pieces a log arrives") {
  log_folder folder{{}};
  std::string text;
  for (const char c : std::string_view{recorded}) text += folder.take({&c, 1});
  text += folder.end();
  CHECK(text == folded);
}

TEST_CASE("rolectl logs: warnings, errors and lines of another form are never routine") {
  CHECK(routine_of("0.04.212.894 I slot print_timing: id  0 | task 0 |") == "slot");
  CHECK(routine_of("0.04.212.894 W slot print_timing: id  0 | task 0 |").empty());
  CHECK(routine_of("0.04.212.894 E slot print_timing: id  0 | task 0 |").empty());
  CHECK(routine_of("slot print_timing: id  0 | task 0 |").empty());
  CHECK(routine_of("GGML_ASSERT(n > 0) failed").empty());
  CHECK(routine_of("").empty());
  CHECK(routine_of("0.04.212.894").empty());
  CHECK(routine_of("0.04.212.894 I").empty());
}

TEST_CASE("rolectl logs: what the engine prints when it is told to say more is routine") {
  CHECK(routine_of("0.00.056.746 I print_info: n_ctx_train           = 32768") == "print_info");
  CHECK(routine_of("0.00.053.949 I llama_model_loader: - kv   0: general.architecture str") ==
        "llama_model_loader");
  CHECK(routine_of("0.00.531.772 I srv  update_slots: all slots are idle") == "srv");
  CHECK(routine_of("0.00.083.294 D que    start_loop: processing new tasks") == "debugging");
  CHECK(routine_of("0.00.078.361 I srv    load_model: initializing, n_slots = 2").empty());
}

TEST_CASE("rolectl logs: the indented rest of a routine line belongs to it, of another it stays") {
  log_folder folder{{}};
  auto text = folder.take(
      "0.00.516.521 I slot launch_slot_: id  0 | task -1 | sampler params: \n"
      "\trepeat_last_n = 64, repeat_penalty = 1.000\n"
      "0.00.081.089 W srv  init: chat template:\n"
      "\tfirst line of it\n");
  text += folder.end();
  CHECK(text ==
        "… 2 lines of slot\n"
        "0.00.081.089 W srv  init: chat template:\n"
        "\tfirst line of it\n");
}

TEST_CASE("rolectl logs: a routine line that stands alone is shown") {
  log_folder folder{{}};
  CHECK(folder.take("0.00.531.772 I srv  update_slots: all slots are idle\n").empty());
  CHECK(folder.end() == "0.00.531.772 I srv  update_slots: all slots are idle\n");
  CHECK(folder.end().empty());
}

TEST_CASE("rolectl logs: each process's routine is folded apart, with its name before it") {
  log_folder folder{{"embedder-1", "embedder-11"}};
  auto text = folder.take(
      "embedder-1: 0.00.531.772 I slot a: b\n"
      "embedder-11: 0.00.531.772 I slot a: b\n"
      "embedder-1: 0.00.531.773 I slot a: b\n"
      "embedder-11: 0.00.531.773 I slot a: b\n"
      "embedder-11: 0.00.531.773 I que a: b\n"
      "embedder-1: 0.00.531.774 E slot a: b\n");
  CHECK(text ==
        "embedder-1: … 2 lines of slot\n"
        "embedder-11: … 3 lines of slot, que\n"
        "embedder-1: 0.00.531.774 E slot a: b\n");
  CHECK(folder.end().empty());
}

TEST_CASE("rolectl logs: a run that is told before its end goes on as another one") {
  log_folder folder{{}};
  const auto line = "0.00.531.772 I slot a: b\n";
  (void)folder.take(line);
  (void)folder.take(line);
  CHECK(folder.end_runs() == "… 2 lines of slot\n");
  CHECK(folder.end_runs().empty());
  (void)folder.take(line);
  CHECK(folder.take("0.00.531.9") == "");
  CHECK(folder.end() == "0.00.531.772 I slot a: b\n0.00.531.9\n");
}
