#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/support/small_disk.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::test;

namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("service: SIGUSR1 opens the access log anew and leaves the registry as it is") {
  fake_fleet fake;
  const auto file = fake.folder.path() / "access.log";
  fake.registry.host = "  access_log: " + file.string() + "\n";
  fake.add("small", "warm", "--fake-load-ms, '1'");
  const running_daemon fleet(fake.registry.write());
  REQUIRE(fleet.admin_get("/livez").status == 200);  // its loop turns: signals are heard
  REQUIRE(fleet.get("/v1/models").status == 200);
  fleet.wait_until([&] { return contains(file_text(file), "/v1/models"); });

  // As logrotate does, while somebody edits the registry.
  fs::rename(file, fake.folder.path() / "access.log.1");
  fake.add("unfinished", "warm", "--fake-load-ms, '1'");
  (void)fake.registry.write();
  REQUIRE(::kill(fleet.pid(), SIGUSR1) == 0);
  fleet.wait_until([&] { return fs::exists(file); });

  CHECK(fleet.get("/later").status == 404);
  fleet.wait_until([&] { return contains(file_text(file), "/later"); });
  CHECK(fleet.admin_get("/admin/roles/unfinished").status == 404);
}

TEST_CASE("service: on a disk that takes no new file the daemon starts and serves") {
  fake_fleet fake;
  const auto place = fake.folder.path() / "full";
  fs::create_directory(place);
  // Inodes for the disk's root and the state directory.
  const small_disk disk(place, "4m,nr_inodes=2");
  if (!disk.is_mounted()) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  fs::create_directory(place / "state");
  fake.registry.host = "  access_log: " + (place / "access.log").string() + "\n";
  fake.add("small", "hot", "--fake-load-ms, '1'");
  const auto file = fake.registry.write();
  auto text = file_text(file);
  for (const std::string name : {"state", "logs"}) {
    const auto usual = (fake.folder.path() / name).string();
    text.replace(text.find(usual), usual.size(), (place / name).string());
  }
  std::ofstream(file) << text;

  running_daemon fleet(file);
  fleet.wait_for_state("small", "ready");
  CHECK(fleet.chat("small").status == 200);
  fleet.wait_until([&] {
    const auto metrics = fleet.admin_get("/metrics").body;
    return !contains(metrics, "\nrolecall_access_log_dropped_total 0\n") &&
           contains(metrics, R"(rolecall_dropped_writes_total{file="instance_log"})");
  });
  CHECK_FALSE(fs::exists(place / "logs"));
  CHECK(fleet.stop() == 0);
}
