#include "launcher/capabilities.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;
using words = std::set<std::string, std::less<>>;

TEST_CASE("capabilities: every spelling of a flag is known, and that they are one flag") {
  const auto engine = recorded_engine("0.7.0");
  for (const auto* flag :
       {"-m", "--model", "-c", "--ctx-size", "-ngl", "--gpu-layers", "--n-gpu-layers", "-kvo",
        "--kv-offload", "-nkvo", "--no-kv-offload", "--spec-draft-n-cpu-moe", "--spec-draft-ncmoe",
        "-ncmoed", "--n-cpu-moe-draft", "--fim-qwen-1.5b-default", "--spec-default", "-h"})
    CHECK_MESSAGE(engine.has(flag), flag);
  CHECK(engine.same_flag("-ngl", "--n-gpu-layers"));
  CHECK(engine.same_flag("--webui", "--no-ui"));
  CHECK_FALSE(engine.same_flag("--model", "--port"));
  CHECK_FALSE(engine.same_flag("--no-such-flag", "--port"));
}

TEST_CASE("capabilities: words of descriptions and headings are no flags") {
  const auto engine = recorded_engine("0.7.0");
  for (const auto* word : {"-----", "-", "--n-ubatch", "--think", "-1"})
    CHECK_FALSE_MESSAGE(engine.has(word), word);
}

TEST_CASE("capabilities: the number of flags of a recorded text is what it lists") {
  CHECK(recorded_engine("0.7.0").flags.size() == 407);
  CHECK(recorded_engine("2025-10").flags.size() == 225);
}

TEST_CASE("capabilities: a flag with a placeholder takes a value, one without takes none") {
  const auto engine = recorded_engine("0.7.0");
  for (const auto* flag :
       {"--metrics", "--no-ui", "--offline", "--no-kv-unified", "--cpu-moe", "-nr", "--slots"})
    CHECK_MESSAGE(engine.valueless.contains(flag), flag);
  for (const auto* flag :
       {"--port", "-fa", "--spec-type", "--override-kv", "--control-vector-layer-range", "-ncmoe",
        "--spec-draft-n-max", "--fit-target"})
    CHECK_FALSE_MESSAGE(engine.valueless.contains(flag), flag);
}

TEST_CASE("capabilities: enumerated values are read from placeholders, sentences and bullets") {
  const auto engine = recorded_engine("0.7.0");
  CHECK(engine.values.at("--flash-attn") == words{"on", "off", "auto"});
  CHECK(engine.values.at("-fa") == words{"on", "off", "auto"});
  CHECK(engine.values.at("--pooling") == words{"none", "mean", "cls", "last", "rank"});
  CHECK(engine.values.at("--cache-type-v") ==
        words{"f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"});
  CHECK(engine.values.at("--load-mode") ==
        words{"auto", "none", "mmap", "mlock", "mmap+mlock", "dio"});
  CHECK(engine.values.at("--numa") == words{"distribute", "isolate", "numactl"});
  CHECK(engine.has_value("--spec-type", "draft-simple"));
  CHECK(engine.has_value("--spec-type", "ngram-map-k4v"));
  CHECK_FALSE(engine.has_value("--spec-type", "ngram"));
  CHECK(engine.values.at("--split-mode") == words{"none", "layer", "row", "tensor"});
}

TEST_CASE("capabilities: placeholders that only look like lists enumerate nothing") {
  const auto engine = recorded_engine("0.7.0");
  for (const auto* flag :
       {"--device", "--tensor-split", "--tools", "--override-tensor", "--port", "--cpu-range"})
    CHECK_FALSE_MESSAGE(engine.values.contains(flag), flag);
}

TEST_CASE(
    "capabilities: a flag that only says that it was removed is not known, and its successor is") {
  const auto engine = recorded_engine("0.7.0");
  for (const auto* flag : {"--draft", "--draft-max", "--draft-min", "--spec-ngram-size-n"})
    CHECK_FALSE_MESSAGE(engine.has(flag), flag);
  CHECK(engine.removed.at("--draft-max") == "use --spec-draft-n-max or --spec-ngram-mod-n-max");
  CHECK(engine.removed.at("--draft-n-min") == "use --spec-draft-n-min or --spec-ngram-mod-n-min");
}

TEST_CASE("capabilities: an older build is read as well") {
  const auto engine = recorded_engine("2025-10");
  for (const auto* flag :
       {"--draft-max", "--draft", "-md", "--mlock", "--no-mmap", "--no-webui", "-kvu"})
    CHECK_MESSAGE(engine.has(flag), flag);
  for (const auto* flag : {"--spec-type", "--load-mode", "--fit", "--no-ui", "--spec-draft-model"})
    CHECK_FALSE_MESSAGE(engine.has(flag), flag);
  CHECK(engine.removed.empty());
  CHECK(engine.valueless.contains("--mlock"));
  CHECK_FALSE(engine.same_flag("--slots", "--no-slots"));
}

TEST_CASE("capabilities: the indented layout of builds before autumn 2024 is read") {
  const auto engine = parse_capabilities(
      "usage: llama-server [options]\n\n"
      "  -t,    --threads N              number of threads to use during generation\n"
      "         --draft N                number of tokens to draft (default: 5)\n"
      "  -fa,   --flash-attn             enable Flash Attention (default: disabled)\n"
      "         --pooling {none,mean,cls}\n"
      "                                  pooling type for embeddings\n",
      "version: 3600 (2fb92678)\n");
  CHECK(engine.flags == words{"-t", "--threads", "--draft", "-fa", "--flash-attn", "--pooling"});
  CHECK(engine.valueless == words{"-fa", "--flash-attn"});
  CHECK(engine.values.at("--pooling") == words{"none", "mean", "cls"});
}

TEST_CASE("capabilities: version and build are read in the form of either time") {
  CHECK(recorded_engine("0.7.0").version == "0.7.0 (build 11669, commit Debian)");
  CHECK(recorded_engine("0.7.0").build == 11669);
  CHECK(recorded_engine("2025-10").build == 6834);
  CHECK(recorded_engine("2025-10").version == "6834 (2f9a1c30)");
  const auto mute = parse_capabilities("", "llama-server: no such option\n");
  CHECK(mute.version.empty());
  CHECK(mute.build == 0);
  CHECK(parse_capabilities("", "version: 1.2 (x)").build == 0);
}

TEST_CASE("capabilities: any text is read without an end in sight being needed") {
  for (const auto* text :
       {"", "\n", "-", "--", "-m", "-m,", "-m, ", "--a --b", "-a, b", "\t-x", "--x [", "--x {}"}) {
    const auto engine = parse_capabilities(text, text);
    CHECK(engine.build == 0);
  }
}
