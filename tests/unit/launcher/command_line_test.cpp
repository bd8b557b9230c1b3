#include "launcher/command_line.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

TEST_CASE("command line: what the engine's defaults would decide is said outright") {
  const auto line = launch_case().line();
  for (const auto* part : {" --model /models/coder-32b.gguf ",
                           " --alias coder ",
                           " --host 127.0.0.1 ",
                           " --port 8081 ",
                           " --ctx-size 32768 ",
                           " --parallel 2 ",
                           " --no-kv-unified ",
                           " --cache-type-k f16 ",
                           " --cache-type-v f16 ",
                           " --flash-attn auto ",
                           " --load-mode mmap ",
                           " --cache-ram 0 ",
                           " --fit off ",
                           " --n-gpu-layers 0 ",
                           " --threads 96 ",
                           " --threads-batch 96 ",
                           " --threads-http 34 ",
                           " --metrics ",
                           " --no-ui ",
                           " --offline "})
    CHECK_MESSAGE(contains(line, part), part);
}

TEST_CASE(
    "command line: every argument has a reason, and every flag is one that the binary knows") {
  for (const auto* engine : {"0.7.0", "2025-10"}) {
    launch_case c;
    c.binary = recorded_engine(engine);
    const auto built = c.build();
    REQUIRE(built.has_value());
    bool after_binary = false;
    for (const auto& argument : built->arguments) {
      CHECK_FALSE(argument.reason.empty());
      if (after_binary) CHECK_MESSAGE(c.binary.has(argument.words.front()), argument.words.front());
      after_binary = after_binary || argument.words.front() == c.binary.binary;
    }
    CHECK(after_binary);
  }
}

TEST_CASE("command line: the libraries under the engine start no threads of their own") {
  CHECK(launch_case().build()->environment ==
        std::map<std::string, std::string>{{"OMP_NUM_THREADS", "1"}});
}

TEST_CASE(
    "command line: experts are overridden by the architecture's key, or by the one that is "
    "stated") {
  launch_case c;
  c.facts().architecture = "qwen3moe";
  c.facts().expert_count = 128;
  c.facts().expert_used_count = 8;
  c.role().moe = registry::moe_override{.experts = 6, .override_key = {}};
  CHECK(contains(c.line(), " --override-kv qwen3moe.expert_used_count=int:6 "));
  c.role().moe->override_key = "qwen3vlmoe.expert_used_count";
  CHECK(contains(c.line(), " --override-kv qwen3vlmoe.expert_used_count=int:6 "));
}

TEST_CASE("command line: expert weights stay in RAM as the role says") {
  launch_case c;
  c.role().cpu_moe = registry::cpu_moe_all{};
  CHECK(contains(c.line(), " --cpu-moe "));
  c.role().cpu_moe = registry::cpu_moe_layers{.n = 12};
  const auto line = c.line();
  CHECK(contains(line, " --n-cpu-moe 12 "));
  CHECK_FALSE(contains(line, " --cpu-moe "));
}

TEST_CASE("command line: a vision model gets its projector") {
  launch_case c;
  c.facts().vision = true;
  c.facts().mmproj = "/models/mmproj.gguf";
  CHECK(contains(c.line(), " --mmproj /models/mmproj.gguf --no-mmproj-offload "));
}

TEST_CASE("command line: a prompt to embed fits into one batch, whatever its slot's context") {
  launch_case c;
  c.role().embeddings = true;
  c.role().pooling = "cls";
  c.role().context = 2048;
  c.role().slots = 4;
  const auto line = c.line();
  CHECK(contains(line, " --embeddings --pooling cls --batch-size 512 --ubatch-size 512 "));
  CHECK_FALSE(contains(line, "context-shift"));
  c.role().pooling.clear();
  CHECK_FALSE(contains(c.line(), "--pooling"));
}

TEST_CASE("command line: an encoder has no KV cache to set types of") {
  launch_case c;
  c.facts().encoder = true;
  c.role().embeddings = true;
  CHECK_FALSE(contains(c.line(), "--cache-type"));
}

TEST_CASE("command line: layers on a GPU keep the defaults of draft and projector") {
  launch_case c;
  c.role().gpu_layers = 99;
  c.role().speculative = registry::speculation{.draft = "draft", .max = 8, .lookup = false};
  const auto line = c.line();
  CHECK(contains(line, " --n-gpu-layers 99 "));
  CHECK_FALSE(contains(line, "--spec-draft-ngl"));
}

TEST_CASE("command line: cache RAM is in MiB, and needed only when it is wanted") {
  launch_case c;
  c.role().cache_ram = 3ULL << 30;
  CHECK(contains(c.line(), " --cache-ram 3072 "));
  for (const auto* flag : {"--cache-ram", "-cram"}) {
    c.binary.flags.erase(flag);
    c.binary.spelled_as.erase(flag);
  }
  CHECK(contains(c.error(), "does not know --cache-ram"));
  c.role().cache_ram = 0;
  CHECK_FALSE(contains(c.line(), "--cache-ram"));
}

TEST_CASE("command line: load modes in the newer and the older spelling") {
  using enum registry::load_mode;
  const std::pair<registry::load_mode, std::pair<const char*, const char*>> expected[] = {
      {automatic, {" --load-mode auto ", nullptr}},
      {none, {" --load-mode none ", " --no-mmap "}},
      {mmap, {" --load-mode mmap ", nullptr}},
      {mlock, {" --load-mode mlock ", " --mlock --no-mmap "}},
      {mmap_mlock, {" --load-mode mmap+mlock ", " --mlock "}},
  };
  for (const auto& [mode, words] : expected) {
    launch_case c;
    c.role().load_mode = mode;
    CHECK(contains(c.line(), words.first));
    c.binary = recorded_engine("2025-10");
    const auto older = c.line();
    if (words.second != nullptr)
      CHECK(contains(older, words.second));
    else
      CHECK_FALSE(contains(older, "mmap"));
    CHECK(contains(older, " --no-mmap ") == (mode == none || mode == mlock));
  }
  launch_case c;
  c.role().load_mode = dio;
  CHECK(contains(c.line(), " --load-mode dio "));
  c.binary = recorded_engine("2025-10");
  CHECK(contains(c.error(), "knows none of --load-mode, --direct-io, needed here: load_mode dio"));
}

TEST_CASE(
    "command line: locking more than may be locked is said, because the engine does not say it") {
  launch_case c;
  c.role().load_mode = registry::load_mode::mlock;
  CHECK(c.build()->notices.empty());
  c.host.lockable_memory = 8ULL << 20;
  REQUIRE(c.build()->notices.size() == 1);
  CHECK(contains(c.build()->notices[0], "will lock only 8192 KiB of 20971520 KiB"));
}

TEST_CASE(
    "command line: flash attention as a value, and as the bare switch of builds before autumn "
    "2025") {
  launch_case c;
  c.role().flash_attention = registry::flash_attention::off;
  CHECK(contains(c.line(), " --flash-attn off "));
  auto text = recorded_text("help-2025-10.txt");
  constexpr std::string_view valued = "-fa,   --flash-attn [on|off|auto]       ";
  const auto at = text.find(valued);
  REQUIRE(at != std::string::npos);
  text.replace(at, valued.size(), "-fa,   --flash-attn                     ");
  c.binary = parse_capabilities(text, "version: 6000 (1a2b3c4d)");
  CHECK_FALSE(contains(c.line(), "--flash-attn"));
  c.role().flash_attention = registry::flash_attention::on;
  CHECK(contains(c.line(), " --flash-attn --mmap") == false);
  CHECK(contains(c.line(), " --flash-attn "));
  CHECK_FALSE(contains(c.line(), " --flash-attn on "));
}

TEST_CASE(
    "command line: a flag that the binary lacks is an error that names role, flag and binary") {
  launch_case c;
  c.binary.flags.erase("--metrics");
  CHECK(c.error() ==
        "cannot launch role coder: llama-server /usr/bin/llama-server (0.7.0 (build 11669, commit "
        "Debian)) does not "
        "know --metrics, needed here: the process's own counters can be read; name a newer binary "
        "in llama_server, or "
        "change the role");
}

TEST_CASE("command line: a flag that was removed is named with what replaced it") {
  launch_case c;
  c.role().speculative = registry::speculation{.draft = "draft", .max = 24, .lookup = false};
  c.binary.flags.erase("--spec-draft-n-max");
  CHECK(contains(c.error(), "--draft-max was removed: use --spec-draft-n-max or"));
}

TEST_CASE("command line: a model that was not looked at is an error") {
  launch_case c;
  c.deployment.facts.clear();
  CHECK(c.error() ==
        "cannot launch role coder: its model's file has not been looked at; run rolectl check");
}
