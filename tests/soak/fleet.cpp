#include "tests/soak/fleet.hpp"

namespace rolecall::test {

using namespace std::chrono_literals;

fleet::fleet(std::uint64_t seed, fates& known, findings& seen)
    : upstreams_{{{seed + 1, known, seen},
                  {seed + 2, known, seen},
                  {seed + 3, known, seen},
                  {seed + 4, known, seen}}},
      gates_{{{.id = 0, .name = "alone", .gate = {}},
              {.id = 1, .name = "twin.1", .gate = {}},
              {.id = 2, .name = "twin.2", .gate = {}},
              {.id = 3, .name = "narrow", .gate = residency::gate{few_slots}}}},
      leases_({&gates_[0], &gates_[1], &gates_[2], &gates_[3]}, seed, seen),
      names_{"alone", "narrow", "twin"} {
  for (std::size_t i = 0; i < upstream_count; ++i) {
    gates_[i].port = upstreams_[i].port();
    gates_[i].listener = &leases_;
    gates_[i].gate.open();
  }
  routes_->roles = {{.id = 0, .name = "alone", .model = "m", .upstreams = {&gates_[0]}},
                    {.id = 1, .name = "narrow", .model = "m", .upstreams = {&gates_[3]}},
                    {.id = 2, .name = "twin", .model = "m", .upstreams = {&gates_[1], &gates_[2]}}};
  for (auto& role : routes_->roles) {
    // Long, so that a loaded machine's pauses are not taken for silence.
    role.first_byte = 12s;
    role.idle = 20s;
  }
  routes_->names = {{"alone", 0}, {"narrow", 1}, {"twin", 2}};
  server_.emplace(
      proxy::server_settings{.listen = {{.address = "127.0.0.1", .port = 0}}, .threads = 2},
      routes_, leases_, states_, metrics_);
  server_->start();
  leases_.start();
}

// Before the upstreams, which wait for the connections that it holds.
fleet::~fleet() { server_.reset(); }

std::size_t fleet::held() const {
  auto count = leases_.waiting();
  for (const auto& each : gates_) count += each.gate.leases();
  return count;
}

}  // namespace rolecall::test
