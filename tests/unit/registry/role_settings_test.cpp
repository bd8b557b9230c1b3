#include "registry/role_settings.hpp"

#include "registry/keys.hpp"
#include "registry/read.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using registry::setting;

constexpr auto* text = R"(version: 1
defaults:
  threads: 8
  timeouts: {drain: 90s}
models:
  small: {path: small.gguf}
roles:
  worker:
    model: small
    port: 8082
    numa: {policy: none}
  worker_math: {shares: worker, description: sums}
)";

registry::model_registry read() {
  auto result = registry::read(text, "registry.yaml");
  REQUIRE(result.value);
  return *std::move(result.value);
}

setting find(const std::vector<setting>& all, const std::string& key) {
  const auto found = std::ranges::find(all, key, &setting::key);
  REQUIRE_MESSAGE(found != all.end(), key);
  return *found;
}

/// The keys that hold values, sections opened: "timeouts.drain".
void add_leaves(const registry::section& of, const std::string& prefix,
                std::vector<std::string>& leaves) {
  for (const auto& key : of.keys) {
    const auto name = prefix + std::string{key.name};
    if (key.inner == nullptr)
      leaves.push_back(name);
    else
      add_leaves(*key.inner, name + ".", leaves);
  }
}

}  // namespace

TEST_CASE("rolectl explain: every key that a role can have is written out") {
  const auto all = read();
  std::vector<std::string> wanted;
  add_leaves(registry::role_section(), "", wanted);
  std::erase(wanted, "ports");  // stands in the place of `port` where there are several
  std::vector<std::string> shown;
  for (const auto& s : registry::settings_of(all, *all.find_role("worker"))) shown.push_back(s.key);
  CHECK(shown == wanted);
}

TEST_CASE("rolectl explain: each value tells who gave it") {
  const auto all = read();
  const auto settings = registry::settings_of(all, *all.find_role("worker"));
  CHECK(find(settings, "port").value == "8082");
  CHECK(find(settings, "port").origin == "line 10");
  CHECK(find(settings, "threads").value == "8");
  CHECK(find(settings, "threads").origin == "defaults, line 3");
  CHECK(find(settings, "timeouts.drain").value == "1m30s");
  CHECK(find(settings, "timeouts.drain").origin == "defaults, line 4");
  CHECK(find(settings, "numa.policy").value == "none");
  CHECK(find(settings, "numa.policy").origin == "line 11");
  CHECK(find(settings, "context").origin == "default");
  CHECK(find(settings, "speculative.draft").value == "-");
}

TEST_CASE(
    "rolectl explain: a sharing role shows its own keys and those of the role that serves it") {
  const auto all = read();
  const auto settings = registry::settings_of(all, *all.find_role("worker_math"));
  CHECK(find(settings, "shares").value == "worker");
  CHECK(find(settings, "description").value == "sums");
  CHECK(find(settings, "description").origin == "line 12");
  CHECK(find(settings, "numa.policy").origin == "line 11");
}
