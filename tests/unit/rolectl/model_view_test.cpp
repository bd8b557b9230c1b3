#include "tools/rolectl/model_view.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::registry::layer_kind;
using rolecall::registry::model_summary;

constexpr std::uint64_t gib = 1ULL << 30;

model_summary hybrid() {
  model_summary m;
  m.architecture = "qwen3next";
  m.name = "Qwen3 Next";
  m.files = {{{1, 1}, 30 * gib, "/m/a-00001-of-00002.gguf"},
             {{1, 2}, 16 * gib, "/m/a-00002-of-00002.gguf"}};
  m.bytes = 46 * gib;
  m.parameters = 79'700'000'000;
  m.active_parameters = 3'900'000'000;
  m.types = {{"Q4_K", 600, 78'000'000'000, 40 * gib}, {"F32", 300, 1'700'000'000, 6 * gib}};
  m.layers = 8;
  m.context = 262'144;
  m.embedding = 2048;
  m.heads = 16;
  m.kv_heads = 2;
  m.experts = 512;
  m.experts_used = 10;
  m.experts_shared = 1;
  m.vocabulary.tokenizer = "gpt2";
  m.vocabulary.pre = "qwen2";
  m.vocabulary.size = 151'936;
  m.vocabulary.bos = 11;
  m.vocabulary.eos = 151'645;
  m.bos = ",";
  m.eos = "<|im_end|>";
  m.groups = {{{0, 1, 2, 4, 5, 6}, layer_kind::recurrent, gib},
              {{3, 7}, layer_kind::attention, 2 * gib}};
  m.outside_layers = 3 * gib;
  return m;
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("model view: a model is told in full") {
  const std::string text = model_text(hybrid(), {});
  CAPTURE(text);
  CHECK(
      text.starts_with("Qwen3 Next\nqwen3next, 79.7 B parameters, 3.9 B of them active per "
                       "token\n\n"));
  CHECK(has(text, "size        46.0 GiB in 2 shards"));
  CHECK(has(text, "layers      8"));
  CHECK(has(text, "context     262144 tokens"));
  CHECK(has(text, "heads       16, 2 for keys and values"));
  CHECK(has(text, "experts     512, 10 used per token, 1 more used by every token"));
  CHECK(has(text, "recurrent   6 of 8 layers: no speculative decoding"));
  CHECK(has(text, "vocabulary  151936 tokens, gpt2 (qwen2)"));
  CHECK(has(text, "BOS         11 \",\", not added"));
  CHECK(has(text, "EOS         151645 \"<|im_end|>\", not added"));
  CHECK(has(text, "TYPE  TENSORS  PARAMETERS      SIZE   SHARE  BITS/WEIGHT"));
  CHECK(has(text, "Q4_K      600      78.0 B  40.0 GiB   87.0%         4.41"));
  CHECK(has(text, "all       900      79.7 B  46.0 GiB  100.0%         4.96"));
  CHECK(has(text, "    6  recurrent           1.0 GiB   6.0 GiB  0-2, 4-6"));
  CHECK(has(text, "    2  attention           2.0 GiB   4.0 GiB  3, 7"));
  CHECK(has(text, "       outside the layers            3.0 GiB  embeddings, output, norms"));
  CHECK(has(text, "16.0 GiB  /m/a-00002-of-00002.gguf"));
  CHECK(text.find("sliding window") == std::string::npos);
}

TEST_CASE("model view: a file's texts cannot drive the terminal nor break lines") {
  model_summary m = hybrid();
  m.name = "evil\033[2J\nname";
  m.bos = "\n";
  const std::string text = model_text(m, {.is_terminal = true});
  CHECK(text.starts_with("evil?[2J\\nname\n"));
  CHECK(text.find("11 \"\\n\", not added") != std::string::npos);
}

TEST_CASE("model view: what a model does not have is left out") {
  const std::string text = model_text(model_summary{}, {});
  CHECK(text.find("unknown architecture, 0 parameters") != std::string::npos);
  CHECK(text.find("experts") == std::string::npos);
  CHECK(text.find("BOS") == std::string::npos);
  CHECK(has(text, "vocabulary  none"));
}

TEST_CASE("model view: JSON has the numbers whole, and is UTF-8 whatever the file holds") {
  model_summary m = hybrid();
  m.eos = "\xff";
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(model_json(m).c_str());
  REQUIRE(!json.HasParseError());
  CHECK(json["parameters"].GetUint64() == 79'700'000'000);
  CHECK(json["recurrent_layers"].GetUint64() == 6);
  CHECK(json["vocabulary"]["bos"]["id"].GetUint64() == 11);
  CHECK(std::string(json["vocabulary"]["eos"]["text"].GetString()) == "\xEF\xBF\xBD");
  CHECK(json["types"][0]["bytes"].GetUint64() == 40 * gib);
  CHECK(json["layer_groups"][1]["layers"][1].GetInt() == 7);
  CHECK(json["files"].Size() == 2);
}

TEST_CASE("model view: parameters are told by their size") {
  CHECK(format_parameters(812) == "812");
  CHECK(format_parameters(12'345) == "12.3 K");
  CHECK(format_parameters(494'032'768) == "494 M");
  CHECK(format_parameters(999'960'000) == "1.0 B");
  CHECK(format_parameters(30'532'122'624) == "30.5 B");
  CHECK(format_parameters(480'154'875'392) == "480 B");
  CHECK(format_parameters(1'026'000'000'000) == "1.0 T");
}

TEST_CASE("model view: layers are told shortest") {
  CHECK(format_layers({}) == "");
  CHECK(format_layers({4}) == "4");
  CHECK(format_layers({0, 1}) == "0-1");
  CHECK(format_layers({0, 1, 2, 3, 7, 9}) == "0-3, 7, 9");
  CHECK(format_layers({3, 7, 11, 15, 19}) == "3, 7 … 19");
  CHECK(format_layers({3, 7, 11}) == "3, 7, 11");
  CHECK(format_layers({0, 1, 2, 4, 5, 6, 8, 9, 10}) == "0-2, 4-6, 8-10");
}
