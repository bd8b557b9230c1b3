#include "orchestrator/registry_source.hpp"

#include "registry/read.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

/// A registry whose front door asks for the keys of a file.
struct keyed_registry {
  test::temporary_directory folder;

  explicit keyed_registry(const std::string& keys) {
    const auto file = folder.path() / "keys";
    std::ofstream(file) << keys;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  }
  [[nodiscard]] registry::check_result check() const {
    return registry::check_offline(
        registry::read("version: 1\nhost: {api_keys: keys}\nmodels: {m: {path: m.gguf}}\n"
                       "roles: {w: {model: m, port: 1}}\n",
                       folder.path() / "r.yaml"));
  }
};

}  // namespace

TEST_CASE("registry source: keys are read with the registry that names them") {
  const keyed_registry keyed("ann sha256:" + std::string(64, 'a') + "\n");
  auto checked = keyed.check();
  REQUIRE(checked.value);
  const auto access = check_access(checked);
  CHECK(checked.value);
  REQUIRE(access.clients);
  CHECK(access.clients->size() == 1);
}

TEST_CASE("registry source: a key file that cannot be used makes the registry wrong") {
  const keyed_registry keyed("nonsense\n");
  auto checked = keyed.check();
  REQUIRE(checked.value);
  (void)check_access(checked);
  CHECK_FALSE(checked.value);
  CHECK(has_errors(checked.notes));
}
