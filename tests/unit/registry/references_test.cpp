#include "registry/check.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

/// Notes of check_references as "error 5:3: …".
std::vector<std::string> references_of(const std::string& text) {
  const auto result = read(text, "r.yaml");
  for (const diagnostic& d : result.notes) FAIL_CHECK(to_string(d));
  REQUIRE(result.value);
  std::vector<std::string> list;
  for (const diagnostic& d : check_references(*result.value)) {
    list.push_back((d.level == diagnostic::severity::error ? "error " : "warning ") +
                   std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + d.message);
  }
  return list;
}

/// Models m and d on lines 2; roles from line 4 on.
std::string roles(const std::string& lines) {
  return "version: 1\nmodels: {m: {path: m.gguf}, d: {path: d.gguf}}\nroles:\n" + lines;
}

void check_one(const std::string& text, const std::string& expected) {
  CAPTURE(text);
  const auto notes = references_of(text);
  REQUIRE(notes.size() == 1);
  CHECK(notes.front() == expected);
}

const std::string draft_line = "  draft: {model: d, tier: draft}\n";
const std::string uses_d = "  other: {model: d, port: 99}\n";

}  // namespace

TEST_CASE("references: a sound registry has no notes") {
  CHECK(references_of(
            roles("  w: {model: m, port: 1, speculative: {draft: draft}}\n  x: {shares: w}\n" +
                  draft_line))
            .empty());
}

TEST_CASE("references: a name that names nothing comes with a suggestion") {
  check_one(roles("  w: {model: n, port: 1}\n  v: {model: m, port: 2}\n" + uses_d),
            "error 4:14: cannot use role 'w': its model 'n' is not among models; models are m, d");
  check_one(roles("  worker: {model: m, port: 1}\n  x: {shares: wroker}\n" + uses_d),
            "error 5:15: cannot use role 'x': it shares 'wroker', which is no role: did you mean "
            "'worker'?");
  check_one(roles("  w: {model: m, port: 1, speculative: {draft: darft}}\n  v: {model: m, port: 2, "
                  "speculative: {draft: "
                  "draft}}\n" +
                  draft_line),
            "error 4:47: cannot use role 'w': its draft 'darft' is no role: did you mean 'draft'?");
  check_one(
      "host: {default_role: wroker}\n" + roles("  worker: {model: m, port: 1}\n" + uses_d),
      "error 1:22: cannot use host.default_role: 'wroker' is no role: did you mean 'worker'?");
}

TEST_CASE("references: sharing goes to a role with a process and no further") {
  check_one(roles("  x: {shares: x}\n  w: {model: m, port: 1}\n" + uses_d),
            "error 4:15: cannot use role 'x': it shares itself");
  check_one(
      roles("  w: {model: m, port: 1}\n  x: {shares: w}\n  y: {shares: x}\n" + uses_d),
      "error 6:15: cannot use role 'y': it shares 'x', which shares 'w' itself: name that one");
  check_one(roles("  w: {model: m, port: 1, speculative: {draft: draft}}\n  x: {shares: draft}\n" +
                  draft_line),
            "error 5:15: cannot use role 'x': it shares 'draft', which is of tier draft and has no "
            "process");
}

TEST_CASE("references: drafts are of tier draft, have no port and another model") {
  check_one(roles("  w: {model: m, port: 1, speculative: {draft: other}}\n" + uses_d),
            "error 4:47: cannot use role 'w': its draft 'other' is not of tier draft");
  check_one(
      roles("  w: {model: m, port: 1, speculative: {draft: draft}}\n  draft: {model: d, tier: "
            "draft, port: 5}\n"),
      "error 5:40: cannot use role 'draft': a role of tier draft has no process and takes no port");
  check_one(
      roles("  w: {model: d, port: 1, speculative: {draft: draft}}\n  v: {model: m, port: 2}\n" +
            draft_line),
      "error 4:47: cannot use role 'w': its draft 'draft' has the same model 'd': that loads a "
      "second copy and wins "
      "nothing");
  check_one(roles("  w: {model: m, port: 1}\n" + draft_line),
            "warning 5:3: role 'draft' is of tier draft and no role drafts with it");
  check_one(
      roles("  w: {model: m, port: 1, embeddings: true, speculative: {lookup: true}}\n" + uses_d),
      "error 4:57: cannot use role 'w': a role that serves embeddings cannot decode speculatively");
}

TEST_CASE("references: ports belong to one role or listener") {
  check_one(roles("  w: {model: m, port: 7}\n  v: {model: d, ports: 5-8}\n"),
            "error 5:24: duplicate port 7: role 'v' and role 'w' cannot both have it");
  check_one("host: {listen: 127.0.0.1:9, admin: 127.0.0.1:8}\n" +
                roles("  w: {model: m, port: 8}\n  v: {model: d, port: 5}\n"),
            "error 5:23: duplicate port 8: role 'w' and host.admin cannot both have it");
  check_one("host: {listen: 127.0.0.1:9, admin: 127.0.0.1:9}\n" +
                roles("  w: {model: m, port: 8}\n  v: {model: d, port: 5}\n"),
            "error 1:36: duplicate port 9: host.admin and host.listen cannot both have it");
  check_one(roles("  w: {model: m, ports: [4, 4]}\n" + uses_d),
            "error 4:24: duplicate port 4: role 'w' and role 'w' cannot both have it");
  CHECK(references_of("host: {listen: [127.0.0.1:0, 127.0.0.1:0], admin: 127.0.0.1:0}\n" +
                      roles("  w: {model: m, port: 8}\n" + uses_d))
            .empty());
  check_one(roles("  w: {model: m}\n" + uses_d),
            "error 4:3: cannot use role 'w': it has no port: give port for one instance or ports "
            "for several");
}

TEST_CASE("references: a name answers to one thing") {
  check_one(roles("  w: {model: m, port: 1, aliases: [other]}\n" + uses_d),
            "error 4:35: cannot use role 'w': its alias 'other' is taken: it is a role");
  check_one(roles("  w: {model: m, port: 1, aliases: [d]}\n" + uses_d),
            "error 4:35: cannot use role 'w': its alias 'd' is taken: it is a model");
  check_one(
      roles("  w: {model: m, port: 1, aliases: [x]}\n  v: {model: d, port: 2, aliases: [x]}\n"),
      "error 5:35: cannot use role 'v': its alias 'x' is taken: it is an alias of 'w'");
  check_one(roles("  d: {model: m, port: 1}\n" + uses_d),
            "error 2:29: cannot use model 'd': a role of that name runs 'm', so a request for it "
            "could mean either");
  CHECK(references_of(roles("  m: {model: m, port: 1}\n" + uses_d)).empty());
  check_one(roles("  w-1: {model: m, port: 1}\n  w: {model: d, ports: 2-3}\n"),
            "error 5:3: cannot use role 'w': its instance 'w-1' has the name of one of role 'w-1'");
}

TEST_CASE("references: contexts must go round the slots") {
  check_one(roles("  w: {model: m, port: 1, context: 2, slots: 4}\n" + uses_d),
            "error 4:35: cannot use role 'w': a context of 2 tokens over 4 slots leaves some "
            "without any");
  check_one(roles("  w: {model: m, port: 1, context: 1000, slots: 3}\n" + uses_d),
            "warning 4:35: role 'w': a context of 1000 tokens does not divide evenly over 3 slots; "
            "1 are lost");
}

TEST_CASE("references: cache types that cost or cannot work are told") {
  check_one(roles("  w: {model: m, port: 1, kv_cache: {v: q4_0}}\n" + uses_d),
            "warning 4:40: role 'w': a V cache of q4_0 loses much of the prompt speed and quality; "
            "f16 is the safe choice");
  check_one(
      roles("  w: {model: m, port: 1, kv_cache: {v: q8_0}, flash_attention: off}\n" + uses_d),
      "error 4:40: cannot use role 'w': a V cache of q8_0 needs flash attention, which is off");
}

TEST_CASE("references: a note about a default points at the default") {
  check_one("defaults: {kv_cache: {v: q4_1}}\n" +
                roles("  w: {model: m, port: 1, kv_cache: {v: f16}}\n" + uses_d),
            "warning 1:26: role 'other': a V cache of q4_1 loses much of the prompt speed and "
            "quality; f16 is the safe choice");
}

TEST_CASE("references: compatibility forbids with its reason, lookup too") {
  const std::string rules =
      "compatibility:\n  forbid:\n    - {target: m, draft: \"*\", reason: state corruption}\n";
  check_one(roles("  w: {model: m, port: 1, speculative: {draft: draft}}\n" + draft_line + rules),
            "error 4:39: cannot use role 'w': compatibility forbids 'm' with 'd' on line 8: state "
            "corruption");
  check_one(roles("  w: {model: m, port: 1, speculative: {lookup: true}}\n" + uses_d + rules),
            "error 4:39: cannot use role 'w': compatibility forbids 'm' with n-gram lookup on line "
            "8: state corruption");
}

TEST_CASE("references: extra_args are no way around what is forbidden") {
  const std::string rules =
      "compatibility:\n  forbid:\n    - {target: m, draft: \"*\", reason: state corruption}\n";
  check_one(roles("  w: {model: m, port: 1, extra_args: [-b, 64, --spec-type, ngram-mod]}\n" +
                  uses_d + rules),
            "error 4:38: cannot use role 'w': compatibility forbids 'm' with --spec-type on line "
            "8: state "
            "corruption");
  check_one(
      roles("  w: {model: m, port: 1, embeddings: true, extra_args: [-md, x.gguf]}\n" + uses_d),
      "error 4:56: cannot use role 'w': a role that serves embeddings cannot decode speculatively: "
      "-md");
  CHECK(references_of(roles("  w: {model: m, port: 1, extra_args: [-b, 64]}\n" + uses_d + rules))
            .empty());
  CHECK(references_of(roles("  w: {model: m, port: 1, extra_args: [-md, x.gguf]}\n" + uses_d))
            .empty());
}

TEST_CASE("references: once pairs are listed, others and larger K get a warning") {
  const std::string speculating =
      "  w: {model: m, port: 1, speculative: {draft: draft, max: 24}}\n" + draft_line;
  check_one(roles(speculating + "compatibility: {allow: [{target: x, draft: d}]}\n"),
            "warning 4:39: role 'w' drafts for 'm' with 'd', which compatibility does not allow: "
            "add the pair with its "
            "evidence");
  check_one(
      roles(speculating + "compatibility: {allow: [{target: m, draft: d, max: 16}]}\n"),
      "warning 4:59: role 'w' drafts 24 tokens; compatibility knows 'm' with 'd' to work up to 16");
  CHECK(references_of(
            roles(speculating + "compatibility: {allow: [{target: m, draft: d, max: 24}]}\n"))
            .empty());
  CHECK(references_of(roles(speculating)).empty());
}

TEST_CASE("references: unused models and poolings without embeddings are told") {
  check_one(roles("  w: {model: m, port: 1}\n"), "warning 2:29: model 'd' is used by no role");
  check_one(roles("  w: {model: m, port: 1, pooling: cls}\n" + uses_d),
            "warning 4:35: role 'w' has a pooling but does not serve embeddings");
}
