#include "registry/access_keys.hpp"

#include "registry/read.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace rolecall::registry;

namespace {

const std::string zeros = "sha256:" + std::string(64, '0');
const std::string ones = "sha256:" + std::string(64, '1');

model_registry known_roles() {
  auto result = read(
      "version: 1\nmodels: {m: {path: m.gguf}, d: {path: d.gguf}}\nroles:\n"
      "  frontdoor: {model: m, port: 1, speculative: {draft: draft}}\n"
      "  math: {shares: frontdoor}\n"
      "  draft: {model: d, tier: draft}\n",
      "r.yaml");
  REQUIRE(result.value);
  return *result.value;
}

key_list parse(const std::string& text, key_use use = key_use::clients) {
  return parse_access_keys(text, "keys", use, known_roles());
}

/// The one note of a file that is refused.
void check_refused(const std::string& text, const std::string& expected,
                   key_use use = key_use::clients) {
  CAPTURE(text);
  const auto list = parse(text, use);
  CHECK(list.keys.empty());
  REQUIRE(list.notes.size() == 1);
  CHECK(to_string(list.notes.front()) == expected);
}

}  // namespace

TEST_CASE("access keys: a line is a name, a hash and options") {
  const auto list =
      parse("# who may come in\n\nann " + zeros + "\r\n  bob.2\t" + ones +
            " roles=frontdoor,math in_flight=8 priority=background  # the nightly batch\n");
  CHECK(list.notes.empty());
  REQUIRE(list.keys.size() == 2);
  CHECK(list.keys[0] == access_key{.name = "ann", .digest = {}, .roles = {}});
  access_key bob{.name = "bob.2",
                 .digest = {},
                 .roles = {"frontdoor", "math"},
                 .in_flight = 8,
                 .priority = key_priority::background};
  bob.digest.fill(0x11);
  CHECK(list.keys[1] == bob);
  CHECK(list.keys[1].where.line == 4);
}

TEST_CASE("access keys: what is written as a line is read as the same key") {
  access_key key{.name = "nightly",
                 .digest = {},
                 .roles = {"math", "frontdoor"},
                 .in_flight = 3,
                 .priority = key_priority::background};
  for (std::size_t i = 0; i < key.digest.size(); ++i)
    key.digest[i] = static_cast<std::uint8_t>(i * 9);
  const access_key plain{.name = "plain", .digest = {}, .roles = {}};
  const auto list = parse(to_line(key) + '\n' + to_line(plain));
  REQUIRE(list.keys.size() == 2);
  CHECK(list.keys[0] == key);
  CHECK(list.keys[1] == plain);
}

TEST_CASE("access keys: a line that cannot be read is an error at its place") {
  check_refused("ann\n",
                "keys:1:1: error: cannot read key 'ann': a line is a name, sha256: and the key's "
                "hash, and options, as `rolectl key NAME` prints it");
  check_refused("\n-ann " + zeros,
                "keys:2:1: error: cannot read a key's name: '-ann' is not a letter or digit and up "
                "to 63 more of them, '.', '_' and '-'");
  const std::string hash =
      "cannot read key 'ann': expected sha256: and the 64 hexadecimal digits of the key's SHA-256";
  check_refused("ann abc", "keys:1:5: error: " + hash);
  check_refused("ann sha256:00", "keys:1:5: error: " + hash);
  check_refused("ann " + zeros + "0", "keys:1:5: error: " + hash);
  check_refused("ann sha256:" + std::string(63, '0') + "g", "keys:1:5: error: " + hash);
  check_refused("ann " + zeros + " role=math",
                "keys:1:77: error: cannot read key 'ann': unknown option 'role': did you mean "
                "'roles'?");
  check_refused("ann " + zeros + " fast",
                "keys:1:77: error: cannot read key 'ann': unknown option 'fast'; options are "
                "roles, in_flight, priority");
  check_refused("ann " + zeros + " priority=high",
                "keys:1:77: error: cannot read key 'ann': priority is interactive or background, "
                "not 'high'");
  for (const std::string number : {"0", "-1", "1x", "", "100001", "99999999999"})
    check_refused(
        "ann " + zeros + " in_flight=" + number,
        "keys:1:77: error: cannot read key 'ann': in_flight is a number from 1 to 100000, "
        "not '" +
            number + "'");
  check_refused("ann " + zeros + " in_flight=1 in_flight=2",
                "keys:1:89: error: cannot read key 'ann': in_flight is given twice");
  check_refused("ann " + zeros + " roles=",
                "keys:1:77: error: cannot read key 'ann': roles is a list of roles such as "
                "roles=frontdoor,embedder");
  check_refused("ann " + zeros + " roles=math,",
                "keys:1:77: error: cannot read key 'ann': roles is a list of roles such as "
                "roles=frontdoor,embedder");
}

TEST_CASE("access keys: a role that does not exist, or has no process, is an error") {
  check_refused("ann " + zeros + " roles=frontdor",
                "keys:1:77: error: cannot read key 'ann': 'frontdor' is no role: did you mean "
                "'frontdoor'?");
  check_refused("ann " + zeros + " roles=draft",
                "keys:1:77: error: cannot read key 'ann': 'draft' is no role; roles are frontdoor, "
                "math");
}

TEST_CASE("access keys: names and hashes stand for one key each") {
  check_refused("ann " + zeros + "\nbob " + ones + "\nann sha256:" + std::string(64, '2'),
                "keys:3:1: error: cannot use key 'ann': line 1 has a key of this name");
  check_refused("ann " + zeros + "\nbob " + zeros,
                "keys:2:5: error: cannot use key 'bob': line 1 has the same hash");
}

TEST_CASE("access keys: every error of a file is told, and no key is taken from it") {
  const auto list = parse("ann\nbob " + ones + "\ncid " + zeros + " a=1 b=2\n");
  CHECK(list.notes.size() == 3);
  CHECK(list.keys.empty());
}

TEST_CASE("access keys: operators' keys take no options") {
  CHECK(parse("ann " + zeros, key_use::operators).keys.size() == 1);
  check_refused("ann " + zeros + " roles=math",
                "keys:1:77: error: cannot read key 'ann': operators' keys take no options, and "
                "this has 'roles=math'",
                key_use::operators);
}

TEST_CASE("access keys: a file without keys is warned of, one with too many refused") {
  const auto none = parse("# nobody\n");
  REQUIRE(none.notes.size() == 1);
  CHECK(none.notes.front().level == diagnostic::severity::warning);
  std::string many;
  for (std::size_t i = 0; i <= most_keys; ++i) {
    auto digits = std::to_string(i);
    many += "k" + digits + " sha256:" + std::string(64 - digits.size(), 'a') + digits + "\n";
  }
  check_refused(many, "keys: error: has 1001 keys: at most 1000 are taken");
}

TEST_CASE("access keys: a file that others can write is refused, one that all can read warned of") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "keys";
  std::ofstream(file) << "ann " << zeros << "\n";
  const auto with_mode = [&](mode_t mode) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return read_access_keys(file, key_use::clients, known_roles());
  };
  for (const mode_t mode : {0600U, 0640U, 0400U}) {
    CAPTURE(mode);
    CHECK(with_mode(mode).notes.empty());
    CHECK(with_mode(mode).keys.size() == 1);
  }
  for (const mode_t mode : {0620U, 0602U, 0666U}) {
    CAPTURE(mode);
    const auto list = with_mode(mode);
    CHECK(list.keys.empty());
    REQUIRE(list.notes.size() == 1);
    CHECK(to_string(list.notes.front()) ==
          file.string() +
              ": error: cannot read the key file: others than its owner can write it and let "
              "themselves in; run chmod go-w " +
              file.string());
  }
  const auto open = with_mode(0644);
  CHECK(open.keys.size() == 1);
  REQUIRE(open.notes.size() == 1);
  CHECK(open.notes.front().level == diagnostic::severity::warning);
}

TEST_CASE("access keys: a file that is not there, or is no file, is an error") {
  const rolecall::test::temporary_directory folder;
  const auto missing =
      read_access_keys(folder.path() / "keys", key_use::clients, known_roles()).notes;
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().message == "cannot read the key file: No such file or directory");
  CHECK(read_access_keys(folder.path(), key_use::clients, known_roles()).notes.size() == 1);
}
