#include "registry/check.hpp"

#include "registry/quantities.hpp"
#include "tests/unit/registry/gguf_bytes.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_model;

namespace {

constexpr byte_count mib = 1ULL << 20;
constexpr byte_count plenty = 100'000 * mib;

/// A folder with models: dense and draft of 1 MiB data, a hybrid one; and registries over them.
class deployment_test {
 public:
  deployment_test() {
    folder_.write("dense.gguf", model_of("qwen2").bytes(mib));
    folder_.write("draft.gguf", model_of("qwen2").bytes(mib / 2));
    folder_.write("hybrid.gguf", model_of("qwen3next").bytes(mib));
  }

  check_result check(const std::string& roles, byte_count budget = plenty) const {
    const std::string text = "version: 1\nhost: {model_dirs: [" + folder_.path().string() +
                             "]}\n"
                             "models: {dense: {path: dense.gguf}, small: {path: draft.gguf}, "
                             "hybrid: {path: hybrid.gguf}, "
                             "lost: {path: lost.gguf}}\nroles:\n" +
                             roles;
    check_result result = check_models(read(text, "r.yaml"), budget);
    std::erase_if(result.notes, [](const diagnostic& d) {
      return d.message.find("is used by no role") != std::string::npos;
    });
    return result;
  }

 private:
  static gguf_model model_of(const char* architecture) {
    return std::move(gguf_model(architecture)
                         .set("block_count", 4)
                         .set("context_length", 4096)
                         .set("embedding_length", 64)
                         .set("attention.head_count", 1));
  }
  testing::temporary_folder folder_;
};

}  // namespace

TEST_CASE_FIXTURE(deployment_test, "check: a sound deployment has facts and footprints") {
  const auto result = check(
      "  w: {model: dense, port: 1, context: 1024, speculative: {draft: draft}}\n  x: {shares: w}\n"
      "  draft: {model: small, tier: draft}\n");
  CHECK(result.notes.empty());
  REQUIRE(result.value);
  const deployment& d = *result.value;
  const role& w = d.registry.roles[0];
  CHECK(d.facts_of(w).architecture == "qwen2");
  CHECK(d.broken_roles.empty());
  const footprint f = d.footprint_of(w);
  // Four layers of 64 elements for K and V each, 1024 tokens, two bytes.
  CHECK(f.kv_cache == 4 * 64 * 2 * 1024 * 2);
  CHECK(f.draft_kv_cache == f.kv_cache);
  CHECK(f.mapped.size() == 2);
  CHECK(f.mapped_bytes() == d.facts.at("dense").weights_bytes + d.facts.at("small").weights_bytes);
  CHECK(d.footprint_of(d.registry.roles[1]) == f);
}

TEST_CASE_FIXTURE(
    deployment_test,
    "check: a missing model breaks its roles and those that share them, not the others") {
  const auto result =
      check("  a: {model: lost, port: 1}\n  b: {shares: a}\n  c: {model: dense, port: 2}\n");
  REQUIRE(result.notes.size() == 1);
  CHECK(has_errors(result.notes));
  CHECK(result.notes[0].line == 3);
  CHECK(result.notes[0].message.find("cannot find model 'lost': looked for lost.gguf in ") == 0);
  CHECK(result.notes[0].message.find("(needed by a)") != std::string::npos);
  REQUIRE(result.value);
  CHECK(result.value->broken_roles.size() == 2);
  CHECK(result.value->broken_roles.contains("a"));
  CHECK(result.value->broken_roles.contains("b"));
  CHECK(result.value->footprint_of(result.value->registry.roles[0]).total() == 0);
  CHECK_THROWS_AS((void)result.value->facts_of(result.value->registry.roles[0]), std::out_of_range);
}

TEST_CASE_FIXTURE(deployment_test, "check: a missing draft breaks the roles that draft with it") {
  const auto result = check(
      "  w: {model: dense, port: 1, speculative: {draft: draft}}\n  v: {model: dense, port: 2}\n"
      "  draft: {model: lost, tier: draft}\n");
  REQUIRE(result.value);
  CHECK(result.value->broken_roles.contains("w"));
  CHECK_FALSE(result.value->broken_roles.contains("v"));
}

TEST_CASE_FIXTURE(deployment_test,
                  "check: a rule's error is at the role's key and breaks the role") {
  const auto result = check("  w: {model: hybrid, port: 1, speculative: {lookup: true}}\n");
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0].line == 5);
  CHECK(result.notes[0].column == 44);
  CHECK(result.notes[0].message.find(
            "cannot use role 'w': n-gram lookup is forbidden on this model") == 0);
  REQUIRE(result.value);
  CHECK(result.value->broken_roles.at("w") == result.notes[0].message);
}

TEST_CASE_FIXTURE(deployment_test, "check: a rule's warning breaks nothing") {
  const auto result = check("  w: {model: dense, port: 1, context: 8192}\n");
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0].level == diagnostic::severity::warning);
  CHECK(result.notes[0].column == 39);
  CHECK(result.value->broken_roles.empty());
}

TEST_CASE_FIXTURE(deployment_test,
                  "check: HOT roles that cannot fit together are refused with the numbers") {
  const std::string roles =
      "  a: {model: dense, tier: hot, port: 1, context: 256}\n"
      "  b: {model: dense, tier: hot, ports: 2-4, context: 256}\n";
  const auto fits = check(roles, plenty);
  REQUIRE(fits.value);
  const auto one = fits.value->footprint_of(fits.value->registry.roles[0]);
  const byte_count each = one.total();
  // All four map the same file, which is in memory once.
  const byte_count together = 4 * one.private_bytes() + one.mapped_bytes();
  CHECK(check(roles, together).value);
  const auto result = check(roles, together - 1);
  CHECK(!result.value);
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0].message ==
        "cannot keep the HOT roles loaded: together they need " + format_bytes(together) +
            " and the budget is " + format_bytes(together - 1) + " (a " + format_bytes(each) +
            ", b 3 × " + format_bytes(each) + ", less " + format_bytes(3 * one.mapped_bytes()) +
            " of files that several of them map); raise host.memory.budget, lower contexts, or "
            "make a role warm");
}

TEST_CASE_FIXTURE(deployment_test,
                  "check: a WARM role that can never fit beside the HOT ones is warned of") {
  const std::string roles =
      "  a: {model: dense, tier: hot, port: 1, context: 256}\n  b: {model: dense, port: 2, "
      "context: 256}\n";
  const auto fits = check(roles);
  const auto one = fits.value->footprint_of(fits.value->registry.roles[0]);
  const byte_count together = 2 * one.private_bytes() + one.mapped_bytes();
  CHECK(check(roles, together).notes.empty());
  const auto result = check(roles, together - 1);
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0].level == diagnostic::severity::warning);
  CHECK(result.notes[0].line == 6);
  CHECK(result.notes[0].message.find("role 'b' can never be loaded: it needs " +
                                     format_bytes(one.private_bytes())) == 0);
  CHECK(result.value);
}

TEST_CASE_FIXTURE(deployment_test, "check: broken roles do not count against the budget") {
  const auto result = check("  a: {model: lost, tier: hot, port: 1}\n", 0);
  REQUIRE(result.value);
  CHECK(result.notes.size() == 1);
}

TEST_CASE_FIXTURE(deployment_test, "check: errors of the text leave no deployment") {
  const auto result = check("  w: {model: nope, port: 1}\n");
  CHECK(!result.value);
  CHECK(has_errors(result.notes));
  CHECK(!check("  w: {model: dense, prot: 1}\n").value);
}

TEST_CASE(
    "check: a draft of another vocabulary is an error at its key unless the pair is allowed") {
  const testing::temporary_folder folder;
  folder.write("t.gguf", gguf_model("qwen2").tokenizer("gpt2", 1000, 1, 2).bytes());
  folder.write("d.gguf", gguf_model("qwen2").tokenizer("gpt2", 900, 1, 3).bytes());
  const std::string text = "version: 1\nhost: {model_dirs: [" + folder.path().string() +
                           "]}\nmodels: {t: {path: t.gguf}, d: {path: d.gguf}}\nroles:\n"
                           "  w: {model: t, port: 1, speculative: {draft: draft}}\n"
                           "  draft: {model: d, tier: draft}\n";
  const auto refused = check_models(read(text, "r.yaml"), plenty);
  REQUIRE(refused.notes.size() == 1);
  CHECK(refused.notes[0].level == diagnostic::severity::error);
  CHECK(refused.notes[0].line == 5);
  CHECK(refused.notes[0].column == 47);
  CHECK(refused.notes[0].message.starts_with(
      "cannot use role 'w': its draft has another EOS token (3, not 2)"));
  REQUIRE(refused.value);
  CHECK(refused.value->broken_roles.contains("w"));

  const auto allowed = check_models(
      read(text + "compatibility: {allow: [{target: t, draft: d, reason: measured}]}\n", "r.yaml"),
      plenty);
  REQUIRE(allowed.notes.size() == 1);
  CHECK(allowed.notes[0].level == diagnostic::severity::warning);
  CHECK(allowed.notes[0].message.ends_with("compatibility allows the pair on line 7: measured"));
  CHECK(allowed.value->broken_roles.empty());
}

TEST_CASE("check: errors of reading and of references are told together, one for a line") {
  const auto result =
      check_offline(read("version: 1\n"
                         "models: {m: {path: /nowhere}}\n"
                         "roles:\n"
                         "  a: {model: m, prot: 1}\n"
                         "  b: {model: n, port: 2}\n"
                         "  c: {shares: d}\n",
                         "r.yaml"));
  CHECK(!result.value);
  REQUIRE(result.notes.size() == 3);
  CHECK(result.notes[0].line == 4);
  CHECK(result.notes[1].line == 5);
  CHECK(result.notes[2].line == 6);
}

TEST_CASE("check: offline nothing is looked for on disk") {
  const auto result = check_offline(read(
      "version: 1\nmodels: {m: {path: /nowhere}}\nroles: {w: {model: m, port: 1}}\n", "r.yaml"));
  CHECK(result.notes.empty());
  REQUIRE(result.value);
  CHECK(result.value->facts.empty());
}

TEST_CASE("check: the summary counts") {
  check_result result;
  result.notes = {{diagnostic::severity::warning, "", 0, 0, ""},
                  {diagnostic::severity::error, "", 0, 0, ""},
                  {diagnostic::severity::error, "", 0, 0, ""}};
  CHECK(summary(result) == "2 errors, 1 warning");
  result.value.emplace();
  result.value->registry.roles.resize(1);
  result.notes.clear();
  CHECK(summary(result) == "1 role, no models, no errors, no warnings");
}
