#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/small_disk.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

namespace fs = std::filesystem;

/// A fleet whose records and logs are on disks of 4 MiB each.
struct small_host {
  engine_fixture fixture;
  fs::path state = fixture.folder.path() / "state";
  fs::path logs = fixture.folder.path() / "logs";
  bool has_folders = fs::create_directories(state) && fs::create_directories(logs);
  small_disk state_disk{state, "4m"};
  small_disk log_disk{logs, "4m"};

  small_host() {
    fixture.registry.models = "  dense: {path: dense.gguf}\n";
    fixture.registry.roles = "  hot: {model: dense, tier: hot, port: @}\n";
  }

  [[nodiscard]] bool can_run() const {
    if (state_disk.is_mounted() && log_disk.is_mounted()) return true;
    MESSAGE("skipped: this user may not mount a tmpfs");
    return false;
  }
};

}  // namespace

TEST_CASE("e2e: with full disks under records and logs the fleet starts, serves and restarts") {
  const small_host host;
  if (!host.can_run()) return;
  fill(host.state / "filler");
  fill(host.logs / "filler");
  running_daemon fleet(host.fixture.registry.write());
  fleet.wait_for_state("hot", "ready");
  CHECK(fleet.chat("hot").status == 200);
  CHECK(fleet.admin_post("/admin/roles/hot/restart?wait=true&force=true").status == 200);
  fleet.wait_for_state("hot", "ready");
  CHECK(fleet.chat("hot").status == 200);
  CHECK(fleet.generation("hot") == 2);
  for (const std::string file : {"instance_record", "instance_log"}) {
    CAPTURE(file);
    fleet.wait_until([&] {
      return fleet.admin_get("/metrics")
                 .body.find("rolecall_dropped_writes_total{file=\"" + file + "\"}") !=
             std::string::npos;
    });
  }
  CHECK(fleet.stop() == 0);
  CHECK(fs::file_size(host.logs / "filler") > 0);  // what is not ours stays
}

TEST_CASE("e2e: logs that fill their disk are emptied, and that is counted") {
  const small_host host;
  if (!host.can_run()) return;
  fill(host.logs / "hot.log.1");
  const running_daemon fleet(host.fixture.registry.write());
  fleet.wait_until([&] {
    return fleet.admin_get("/metrics")
               .body.find(R"(rolecall_dropped_writes_total{file="instance_log"})") !=
           std::string::npos;
  });
  CHECK_FALSE(fs::exists(host.logs / "hot.log.1"));
  fleet.wait_for_state("hot", "ready");
  CHECK(fleet.chat("hot").status == 200);
}
