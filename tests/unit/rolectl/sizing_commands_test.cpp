#include "tools/rolectl/sizing_commands.hpp"

#include "registry/check.hpp"
#include "tests/support/file_text.hpp"
#include "tests/unit/registry/temporary_folder.hpp"
#include "tools/rolectl/docs_command.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using namespace rolecall::rolectl;
using registry::testing::temporary_folder;
using rolecall::test::file_text;

}  // namespace

TEST_CASE("rolectl recommend: a written registry passes the check and is never overwritten") {
  const temporary_folder folder;
  const auto file = folder.path() / "registry.yaml";
  CHECK(run_recommend({.ram = "512GB", .write = file}) == exit_code::done);
  const auto checked = registry::check_offline(registry::read_file(file));
  CHECK(checked.notes.empty());
  REQUIRE(checked.value);
  CHECK(checked.value->registry.find_role("architect_coding") != nullptr);

  const auto before = file_text(file);
  CHECK(run_recommend({.ram = "64GB", .write = file}) == exit_code::refused);
  CHECK(file_text(file) == before);
}

TEST_CASE("rolectl recommend: nothing is written for a host on which nothing fits") {
  const temporary_folder folder;
  const auto file = folder.path() / "registry.yaml";
  CHECK(run_recommend({.ram = "16GB", .write = file}) == exit_code::refused);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("rolectl: a size that cannot be read is a mistake of usage") {
  CHECK(run_budget({.ram = "lots"}) == exit_code::usage);
  CHECK(run_recommend({.ram = "lots"}) == exit_code::usage);
  CHECK(run_size({}) == exit_code::usage);
  CHECK(run_size({.parameters = "many", .quant = "Q4_K_M"}) == exit_code::usage);
  CHECK(run_size({.parameters = "7B", .quant = "Q9"}) == exit_code::usage);
  CHECK(run_size({.file = "/nowhere/model.gguf"}) == exit_code::refused);
}

TEST_CASE("rolectl docs: both pages are written into a folder that exists") {
  const temporary_folder folder;
  const std::filesystem::path production = ROLECALL_SOURCE_DIR "/model_registry.yaml";
  CHECK(run_docs({.registry = production, .folder = folder.path()}) == exit_code::done);
  CHECK(file_text(folder.path() / "models.md").starts_with("# Model reference"));
  CHECK(file_text(folder.path() / "sizing.md").starts_with("# Sizing guide"));
  CHECK(run_docs({.registry = production, .folder = folder.path() / "missing"}) ==
        exit_code::refused);
}
