#pragma once

#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/running_daemon.hpp"

#include <optional>
#include <string>

namespace rolecall::test {

/// A fleet whose registry is written anew, ports as they are. Roles: two that stream for as long as
/// somebody listens, on ports of their own.
struct changing_fleet {
  fake_fleet fake;
  std::string steady = with_free_ports(role("steady", "hot", {}));
  std::string other = with_free_ports(role("other", "hot", {}));
  std::optional<running_daemon> fleet;

  static std::string role(const std::string& name, const std::string& tier,
                          const std::string& keys) {
    return "  " + name + ": {model: small, tier: " + tier +
           ", port: @, extra_args: [--fake-chunks, '100000', --fake-chunk-ms, '5']" +
           (keys.empty() ? "" : ", " + keys) + "}\n";
  }
  // The role as it was written, with further keys.
  static std::string with(const std::string& written, const std::string& keys) {
    return written.substr(0, written.rfind('}')) + ", " + keys + "}\n";
  }

  void write(const std::string& roles) {
    fake.registry.roles = roles;
    (void)fake.registry.write();
  }
  void start(const std::string& roles) {
    write(roles);
    fleet.emplace(fake.folder.path() / "model_registry.yaml");
  }
  void start() {
    start(steady + other);
    fleet->wait_for_state("steady", "ready");
    fleet->wait_for_state("other", "ready");
  }
  [[nodiscard]] http_response reload(const std::string& parameters = {}) const {
    return fleet->admin_post("/admin/reload" + parameters);
  }
  [[nodiscard]] open_request stream(const std::string& name) const {
    return {fleet->door(), "/v1/chat/completions", stream_of(name)};
  }
};

}  // namespace rolecall::test
