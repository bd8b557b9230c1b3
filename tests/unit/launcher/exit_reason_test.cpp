#include "launcher/exit_reason.hpp"

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::launcher;

namespace {

exit_reason after_exit_1(std::vector<std::string> lines) {
  return explain_exit({.status = {.code = 1}, .last_lines = std::move(lines)});
}

exit_facts killed() { return {.status = {.signal = SIGKILL}}; }

}  // namespace

// The lines of this file are llama-server 0.7.0's own.

TEST_CASE("exit: without words in the log the status is all there is to tell") {
  CHECK(after_exit_1({}) == exit_reason{exit_kind::exit_code, "exit code 1"});
  CHECK(explain_exit({.status = {.signal = SIGSEGV}}) ==
        exit_reason{exit_kind::signal, "signal 11 (SIGSEGV)"});
}

TEST_CASE("exit: a truncated model file is named") {
  CHECK(after_exit_1(
            {"0.00.044.040 I srv    load_model: loading model 'half.gguf'",
             "0.00.045.369 E llama_model_load: error loading model: tensor 'blk.0.ffn_up.weight' "
             "data is not within the file bounds, model is corrupted or incomplete",
             "0.00.045.417 E llama_model_load_from_file_impl: failed to load model",
             "0.00.045.963 E srv    load_model: failed to load model, 'half.gguf'",
             "0.00.045.974 I srv    operator(): operator(): cleaning up before exit...",
             "0.00.046.650 E srv  llama_server: exiting due to model loading error"}) ==
        exit_reason{exit_kind::model_file,
                    "model file: llama_model_load: error loading model: tensor "
                    "'blk.0.ffn_up.weight' data is not within the file bounds, model is corrupted "
                    "or incomplete (exit code 1)"});
}

TEST_CASE("exit: a missing model file is named, a draft's as well") {
  const auto missing = after_exit_1(
      {"0.00.023.037 E gguf_init_from_file: failed to open GGUF file 'missing.gguf' (No such file "
       "or directory)",
       "0.00.023.214 E llama_model_load: error loading model: llama_model_loader: failed to load "
       "model from missing.gguf",
       "0.00.158.979 E common_speculative_init_result: failed to load draft model, 'missing.gguf'",
       "0.00.159.642 E srv  llama_server: exiting due to model loading error"});
  CHECK(missing == exit_reason{exit_kind::model_file,
                               "model file: gguf_init_from_file: failed to open GGUF file "
                               "'missing.gguf' (No such file or directory) (exit code 1)"});
}

TEST_CASE("exit: files that are no models are told apart from missing ones") {
  CHECK(after_exit_1({"0.00.024.244 E gguf_init_from_reader: invalid magic characters: 'hell', "
                      "expected 'GGUF'"})
            .text.starts_with("model file: gguf_init_from_reader: invalid magic"));
  CHECK(after_exit_1({"0.00.021.733 E gguf_init_from_reader: failed to read magic"}).kind ==
        exit_kind::model_file);
  CHECK(after_exit_1({"0.00.035.782 E mtmd_get_memory_usage: error: Failed to load CLIP model from "
                      "dense.gguf"})
            .kind == exit_kind::model_file);
  CHECK(after_exit_1({"0.00.070.899 E llama_adapter_lora_init: failed to open 'missing.gguf': No "
                      "such file or directory"})
            .kind == exit_kind::model_file);
}

TEST_CASE("exit: a file that shrank under its mapping is a model file's error") {
  const auto reason = explain_exit({.status = {.signal = SIGBUS}});
  CHECK(reason.kind == exit_kind::model_file);
  CHECK(reason.text.ends_with("(signal 7 (SIGBUS))"));
}

TEST_CASE("exit: a flag that the engine does not know, or cannot read, is a bad flag") {
  CHECK(after_exit_1({"error: invalid argument: --no-such-flag"}) ==
        exit_reason{exit_kind::bad_flag,
                    "bad flag: error: invalid argument: --no-such-flag (exit code 1)"});
  CHECK(after_exit_1({"error while handling argument \"--ctx-size\": stoi", "",
                      "usage:", "-c,    --ctx-size N   size of the prompt context", "",
                      "to show complete usage, run with -h"}) ==
        exit_reason{exit_kind::bad_flag,
                    "bad flag: error while handling argument \"--ctx-size\": stoi (exit code 1)"});
}

TEST_CASE("exit: a port that could not be bound is told") {
  CHECK(
      after_exit_1({"0.00.041.264 E srv         start: couldn't bind HTTP server socket, hostname: "
                    "127.0.0.1, port: 19871",
                    "0.00.041.495 E srv  llama_server: exiting due to HTTP server error"}) ==
      exit_reason{exit_kind::port_in_use,
                  "port in use: srv         start: couldn't bind HTTP server socket, hostname: "
                  "127.0.0.1, port: 19871 (exit code 1)"});
}

TEST_CASE("exit: memory that was refused is no fault of the model file") {
  CHECK(after_exit_1({"0.00.091.505 E ggml_aligned_malloc: insufficient memory (attempted to "
                      "allocate 781.50 MB)",
                      "0.00.094.696 E ggml_backend_cpu_buffer_type_alloc_buffer: failed to "
                      "allocate buffer of size 819462144",
                      "0.00.097.753 E cmn  common_init_: failed to create context with model "
                      "'big.gguf'",
                      "0.00.098.309 E srv  llama_server: exiting due to model loading error"}) ==
        exit_reason{exit_kind::could_not_allocate,
                    "could not allocate: ggml_aligned_malloc: insufficient memory (attempted to "
                    "allocate 781.50 MB) (exit code 1)"});
}

TEST_CASE("exit: an assertion is found in front of its backtrace") {
  std::vector<std::string> lines{
      "./src/llama-context.cpp:2384: GGML_ASSERT(n_outputs_max <= cparams.n_outputs_max) failed"};
  lines.insert(lines.end(), 40, "#1  0x00007f473889b9d4 in ?? () from libc.so.6");
  CHECK(explain_exit({.status = {.signal = SIGABRT}, .last_lines = lines}) ==
        exit_reason{exit_kind::assertion,
                    "assertion: ./src/llama-context.cpp:2384: GGML_ASSERT(n_outputs_max <= "
                    "cparams.n_outputs_max) failed (signal 6 (SIGABRT))"});
}

TEST_CASE("exit: what a server that gave up at its start said goes with its exit code") {
  CHECK(after_exit_1(
            {"0.00.082.015 E llama_init_from_model: quantized V cache requires flash_attn to be "
             "enabled",
             "0.00.095.325 E srv    load_model: failed to create_context with model 'dense.gguf'",
             "0.00.096.183 E srv  llama_server: exiting due to model loading error"}) ==
        exit_reason{exit_kind::exit_code,
                    "exit code 1: llama_init_from_model: quantized V cache requires flash_attn to "
                    "be enabled"});
}

TEST_CASE("exit: words of a log say nothing about a process that was killed or ended well") {
  const std::vector<std::string> lines{"0.00.000.000 E failed to load model"};
  CHECK(explain_exit({.status = {.signal = SIGSEGV}, .last_lines = lines}).kind ==
        exit_kind::signal);
  CHECK(explain_exit({.status = {.code = 0}, .last_lines = lines}) ==
        exit_reason{exit_kind::exit_code, "exit code 0"});
}

TEST_CASE("exit: a kill that the kernel owns up to is out of memory") {
  auto facts = killed();
  facts.oom_kill = "the kernel killed in the cgroup /rolecall/frontdoor for its memory";
  CHECK(explain_exit(facts) ==
        exit_reason{exit_kind::out_of_memory,
                    "out of memory: the kernel killed in the cgroup /rolecall/frontdoor for its "
                    "memory (signal 9 (SIGKILL))"});
}

TEST_CASE("exit: a kill by somebody else is told with the memory of that moment") {
  auto facts = killed();
  CHECK(explain_exit(facts) ==
        exit_reason{
            exit_kind::signal,
            "signal 9 (SIGKILL), not sent by rolecalld: an operator's kill, or out of memory?"});
  facts.memory_left = 212ULL << 20;
  facts.stalled = 0.34;
  CHECK(explain_exit(facts).text ==
        "signal 9 (SIGKILL), not sent by rolecalld: an operator's kill, or out of memory? 212.0 "
        "MiB of memory are left, and "
        "tasks stood still for it in 34 % of the last 10 s");
}

TEST_CASE("exit: a kill by ourselves is no riddle, whatever the cgroup counts") {
  auto facts = killed();
  facts.sent_signal = SIGKILL;
  facts.oom_kill = "the kernel killed in the cgroup / for its memory";
  CHECK(explain_exit(facts) == exit_reason{exit_kind::signal, "signal 9 (SIGKILL)"});
}

TEST_CASE("exit: an adopted process leaves its log and the kernel's word, no status") {
  exit_facts facts{.status = {.unknown = true}};
  CHECK(explain_exit(facts).kind == exit_kind::unknown);
  facts.last_lines = {"x.cpp:1: GGML_ASSERT(n > 0) failed"};
  CHECK(explain_exit(facts).kind == exit_kind::assertion);
  facts.oom_kill = "the kernel's log says: Out of memory: Killed process 42 (llama-server)";
  CHECK(explain_exit(facts).kind == exit_kind::out_of_memory);
}

TEST_CASE("exit: a line of the log stays one line, and short") {
  const auto reason = after_exit_1({"error: invalid argument: --a\tb" + std::string(1000, 'x')});
  CHECK(reason.text.size() < 300);
  CHECK(reason.text.find('\t') == std::string::npos);
}
