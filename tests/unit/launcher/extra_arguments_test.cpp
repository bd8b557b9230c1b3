#include "launcher/extra_arguments.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

namespace {

launch_case with(std::vector<std::string> extra) {
  launch_case c;
  c.role().extra_args = std::move(extra);
  return c;
}

}  // namespace

TEST_CASE("extra arguments: known flags are passed through at the end, with their values") {
  CHECK(with({"--no-perf", "--temp", "-0.5", "--lora-scaled", "a.gguf:1", "-n", "-1"})
            .line()
            .ends_with(" --no-perf --temp -0.5 --lora-scaled a.gguf:1 -n -1 "));
}

TEST_CASE(
    "extra arguments: a flag that the binary does not know is an error that names flag and "
    "binary") {
  CHECK(with({"--kv-hadamard"}).error() ==
        "cannot launch role coder: extra_args --kv-hadamard: llama-server /usr/bin/llama-server "
        "(0.7.0 (build 11669, "
        "commit Debian)) does not know it; see its --help");
  CHECK(contains(with({"--temp=0.5"}).error(), "write the value as the next item, not behind ="));
}

TEST_CASE(
    "extra arguments: what the registry has a key for is refused with the key, in any spelling") {
  const std::pair<std::vector<std::string>, const char*> refused[] = {
      {{"-m", "x.gguf"}, "models.<name>.path"},
      {{"-hf", "a/b"}, "models.<name>.path"},
      {{"--port", "1"}, "port or ports"},
      {{"--host", "0.0.0.0"}, "127.0.0.1 alone"},
      {{"-c", "1"}, "use context"},
      {{"-np", "1"}, "use slots"},
      {{"-kvu"}, "context and slots"},
      {{"-ctk", "q8_0"}, "kv_cache: {k"},
      {{"-fa", "on"}, "flash_attention"},
      {{"-lm", "none"}, "load_mode"},
      {{"-cram", "1"}, "cache_ram"},
      {{"-t", "1"}, "use threads"},
      {{"-tb", "1"}, "use threads"},
      {{"-C", "ff"}, "numa: {cpus"},
      {{"--numa", "distribute"}, "use numa"},
      {{"-ngl", "99"}, "gpu_layers"},
      {{"-cmoe"}, "cpu_moe"},
      {{"-ncmoe", "3"}, "n_cpu_moe"},
      {{"-mm", "x"}, "mmproj"},
      {{"--embedding"}, "embeddings: true"},
      {{"--rerank"}, "pooling: rank"},
      {{"--metrics"}, "always on"},
      {{"--no-slots"}, "always on"},
      {{"--api-key", "k"}, "without a key"},
      {{"--log-file", "x"}, "host.log_dir"},
      {{"-h"}, "end at once"},
      {{"--gpt-oss-20b-default"}, "presets"},
  };
  for (const auto& [extra, key] : refused) {
    const auto error = with(extra).error();
    CHECK_MESSAGE(contains(error, "extra_args " + extra.front() + ": "), error);
    CHECK_MESSAGE(contains(error, key), error);
  }
}

TEST_CASE("extra arguments: the older spellings of an older binary are refused likewise") {
  for (const auto* flag : {"--mlock", "--no-mmap"}) {
    auto c = with({flag});
    c.binary = recorded_engine("2025-10");
    CHECK_MESSAGE(contains(c.error(), "load_mode"), flag);
  }
}

TEST_CASE(
    "extra arguments: what the launcher only has a better default for can be decided otherwise") {
  CHECK_FALSE(contains(with({"--threads-http", "4"}).line(), "--threads-http 34"));
  const auto line = with({"--context-shift"}).line();
  CHECK(contains(line, " --context-shift "));
  CHECK_FALSE(contains(line, "--no-context-shift"));
}

TEST_CASE("extra arguments: what a role's other keys set is not set twice") {
  auto c = with({"--ubatch-size", "8"});
  CHECK(contains(c.line(), " --ubatch-size 8 "));
  c.role().embeddings = true;
  CHECK(contains(c.error(), "extra_args --ubatch-size: the launcher sets it already"));
}

TEST_CASE("extra arguments: values must follow flags that take some, and no others") {
  CHECK(contains(with({"--temp"}).error(), "extra_args --temp: its value is missing"));
  CHECK(contains(with({"--temp", "--top-k", "1"}).error(), "its value is missing"));
  CHECK(contains(with({"--no-perf", "yes"}).error(), "takes no value, but yes follows"));
  CHECK(contains(with({"0.5"}).error(), "expected a flag"));
}

TEST_CASE("extra arguments: more metadata can be overridden, but not the experts") {
  launch_case c = with({"--override-kv", "tokenizer.ggml.add_bos_token=bool:false"});
  c.facts().expert_count = 128;
  c.role().moe = registry::moe_override{.experts = 6, .override_key = {}};
  const auto line = c.line();
  CHECK(contains(line, " --override-kv qwen2.expert_used_count=int:6 "));
  CHECK(contains(line, " --override-kv tokenizer.ggml.add_bos_token=bool:false "));
  c.role().extra_args = {"--override-kv", "qwen3moe.expert_used_count=int:1"};
  CHECK(contains(c.error(), "use moe: {experts"));
}

TEST_CASE("extra arguments: no spelling brings speculation to a model that must not have it") {
  const std::vector<std::vector<std::string>> tries = {{"--spec-default"},
                                                       {"-md", "d.gguf"},
                                                       {"--model-draft", "d.gguf"},
                                                       {"--model-draft=d.gguf"},
                                                       {"--spec-type", "x"},
                                                       {"--spec-type=ngram-mod"},
                                                       {"--lookup"},
                                                       {"-lcs", "f"},
                                                       {"--draft-max", "8"},
                                                       {"--draft=8"},
                                                       {"--fim-qwen-7b-spec"},
                                                       {"-hfd", "a/b"},
                                                       {"--spec-draft-n-max", "1"},
                                                       {"--mtp"},
                                                       {"--spec-draft-hf", "a/b"},
                                                       {"-td", "1"}};
  for (const auto* engine : {"0.7.0", "2025-10"})
    for (const auto& extra : tries) {
      auto c = with(extra);
      c.binary = recorded_engine(engine);
      c.facts().recurrent = true;
      CHECK_MESSAGE(contains(c.error(), "speculative decoding is not possible"), extra.front());
      c.facts().recurrent = false;
      CHECK_MESSAGE(contains(c.error(), "use speculative"), extra.front());
    }
}

TEST_CASE("extra arguments: a role that speculates may be tuned, but not turned to another draft") {
  auto c = with({"--spec-draft-p-min", "0.6"});
  c.role().speculative = registry::speculation{.draft = "draft", .max = 24, .lookup = true};
  CHECK(contains(c.line(), " --spec-draft-p-min 0.6 "));
  for (const auto& extra : std::vector<std::vector<std::string>>{{"-md", "x"},
                                                                 {"--spec-type", "ngram-mod"},
                                                                 {"--spec-default"},
                                                                 {"--spec-draft-hf", "a/b"}}) {
    c.role().extra_args = extra;
    CHECK_MESSAGE(contains(c.error(), "extra_args " + extra.front()), extra.front());
  }
  c.role().extra_args = {"--draft-max", "8"};
  CHECK(contains(c.error(), "has removed it: use --spec-draft-n-max or"));
}
