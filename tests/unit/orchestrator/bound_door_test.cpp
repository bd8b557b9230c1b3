#include "orchestrator/bound_door.hpp"

#include "registry/read.hpp"

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

registry::model_registry read(const std::string& roles) {
  auto result = registry::read(
      "version: 1\nhost:\n  listen: [127.0.0.1:9000, 127.0.0.1:0]\n"
      "  admin: [127.0.0.1:9001, unix:/run/a]\n"
      "models: {m: {path: m.gguf}}\nroles:\n" +
          roles,
      "model_registry.yaml");
  REQUIRE(result.value);
  return *std::move(result.value);
}

}  // namespace

TEST_CASE("bound doors: those of the host and of roles, by TCP") {
  const auto doors = bound_doors(read("  a: {model: m, port: 9010, listen: 127.0.0.1:9100}\n"));
  REQUIRE(doors.size() == 4);
  CHECK(doors[0].key == "host.listen");
  CHECK(doors[2].key == "host.admin");
  CHECK(doors[2].where.port == 9001);
  CHECK(doors[3].key == "roles.a.listen");
  CHECK(doors_of_role(doors, "a") ==
        std::vector<registry::tcp_endpoint>{{.address = "127.0.0.1", .port = 9100}});
  CHECK(doors_of_role(doors, "b").empty());
}

TEST_CASE("bound doors: the port of a door whose role was removed is not free for an instance") {
  const auto doors = bound_doors(read("  a: {model: m, port: 9010, listen: 127.0.0.1:9100}\n"));
  const auto held = ports_held_by_doors(
      read("  b: {model: m, port: 9100}\n  c: {model: m, port: 9010}\n"), doors);
  REQUIRE(held.size() == 1);
  CHECK(held[0].starts_with("model_registry.yaml:7:"));
  CHECK(held[0].find("cannot give b port 9100: rolecalld listens on 127.0.0.1:9100 as "
                     "roles.a.listen until it is restarted") != std::string::npos);
}
