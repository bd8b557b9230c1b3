#include "registry/access_rules.hpp"

#include "registry/check.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

/// Notes of check_references, which applies the rules, as "error 5:3: …".
std::vector<std::string> notes_of(const std::string& host, const std::string& role_keys = {}) {
  const auto result = read("version: 1\nhost: {" + host +
                               "}\nmodels: {m: {path: m.gguf}, d: {path: d.gguf}}\nroles:\n"
                               "  w: {model: m, port: 1" +
                               role_keys +
                               ", speculative: {draft: draft}}\n"
                               "  draft: {model: d, tier: draft}\n",
                           "r.yaml");
  for (const auto& d : result.notes) FAIL_CHECK(to_string(d));
  REQUIRE(result.value);
  std::vector<std::string> list;
  for (const auto& d : check_references(*result.value))
    list.push_back((d.level == diagnostic::severity::error ? "error " : "warning ") +
                   std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + d.message);
  return list;
}

void check_one(const std::vector<std::string>& notes, const std::string& expected) {
  REQUIRE(notes.size() == 1);
  CHECK(notes.front() == expected);
}

const std::string advice =
    ": make keys with `rolectl key NAME`, listen on 127.0.0.1, or set host.insecure: true to serve "
    "everybody";

}  // namespace

TEST_CASE("access rules: loopback needs no keys") {
  for (const std::string address : {"127.0.0.1", "127.8.8.8", "localhost", "'[::1]"}) {
    CAPTURE(address);
    const std::string quote = address.starts_with('\'') ? "'" : "";
    CHECK(notes_of("listen: " + address + ":7" + quote + ", admin: " + address + ":8" + quote,
                   ", listen: " + address + ":9" + quote)
              .empty());
  }
}

TEST_CASE("access rules: an address that other hosts can reach is refused without keys") {
  check_one(notes_of("listen: 0.0.0.0:8070"),
            "error 2:16: cannot use host.listen: other hosts can reach 0.0.0.0:8070 and "
            "host.api_keys names no keys" +
                advice);
  check_one(notes_of("listen: '[::]:8070'"),
            "error 2:16: cannot use host.listen: other hosts can reach [::]:8070 and host.api_keys "
            "names no keys" +
                advice);
  check_one(notes_of("admin: [127.0.0.1:1001, 192.168.0.1:8071]"),
            "error 2:15: cannot use host.admin: other hosts can reach 192.168.0.1:8071 and "
            "host.admin_keys names no keys" +
                advice);
  check_one(notes_of("patience: 1s", ", listen: 10.0.0.1:9"),
            "error 5:34: cannot use roles.w.listen: other hosts can reach 10.0.0.1:9 and "
            "host.api_keys names no keys" +
                advice);
}

TEST_CASE("access rules: keys open an address to other hosts, each kind its own") {
  CHECK(notes_of("listen: 0.0.0.0:8070, api_keys: keys", ", listen: 0.0.0.0:9").empty());
  CHECK(notes_of("admin: 0.0.0.0:8071, admin_keys: keys").empty());
  CHECK(notes_of("admin: unix:admin.sock").empty());
  CHECK(notes_of("admin: 0.0.0.0:8071, api_keys: keys").size() == 1);
  CHECK(notes_of("listen: 0.0.0.0:8070, admin_keys: keys").size() == 1);
}

TEST_CASE("access rules: the operator's word opens an address without keys, and is warned of") {
  check_one(notes_of("listen: 0.0.0.0:8070, insecure: true"),
            "warning 2:16: host.listen: other hosts can reach 0.0.0.0:8070 and host.api_keys names "
            "no keys: everybody is served (host.insecure)");
  CHECK(notes_of("listen: 0.0.0.0:8070, api_keys: keys, insecure: true").empty());
}

TEST_CASE("access rules: a role without a process has no door") {
  const auto result = read(
      "version: 1\nmodels: {m: {path: m.gguf}, d: {path: d.gguf}}\nroles:\n"
      "  w: {model: m, port: 1, speculative: {draft: draft}}\n"
      "  draft: {model: d, tier: draft}\n",
      "r.yaml");
  REQUIRE(result.value);
  auto registry = *result.value;
  registry.roles.back().listen = {{"127.0.0.1", 9}};
  const auto notes = check_doors(registry);
  REQUIRE(notes.size() == 1);
  CHECK(notes.front().message ==
        "cannot use role 'draft': a role of tier draft has no process and takes no door");
}

TEST_CASE("access rules: a role's door has a port of its own") {
  check_one(notes_of("listen: 127.0.0.1:7", ", listen: 127.0.0.1:7"),
            "error 5:34: duplicate port 7: the door of role 'w' and host.listen cannot both have "
            "it");
  check_one(notes_of("listen: 127.0.0.1:7", ", listen: 127.0.0.1:1"),
            "error 5:23: duplicate port 1: role 'w' and the door of role 'w' cannot both have it");
}
