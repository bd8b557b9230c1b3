#pragma once

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/server.hpp"
#include "tests/soak/faulty_upstream.hpp"
#include "tests/soak/random_leases.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::test {

/// A front door with two data threads before faulty upstreams: a role of one upstream, one of two,
/// one of three slots.
class fleet {
 public:
  fleet(std::uint64_t seed, fates& known, findings& seen);
  ~fleet();
  fleet(const fleet&) = delete;
  fleet& operator=(const fleet&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->endpoints().front().port; }
  [[nodiscard]] const std::vector<std::string>& roles() const noexcept { return names_; }
  /// Leases held and requests that wait for one.
  [[nodiscard]] std::size_t held() const;

 private:
  struct no_states final : proxy::state_source {
    [[nodiscard]] std::shared_ptr<const std::vector<proxy::role_state>> role_states()
        const override {
      return nullptr;
    }
  };
  static constexpr std::size_t upstream_count = 4;
  static constexpr std::uint32_t few_slots = 3;

  std::array<faulty_upstream, upstream_count> upstreams_;
  std::array<proxy::upstream, upstream_count> gates_;
  random_leases leases_;
  no_states states_;
  std::shared_ptr<proxy::routing_table> routes_ = std::make_shared<proxy::routing_table>();
  std::vector<std::string> names_;
  metrics::catalogue metrics_;
  std::optional<proxy::server> server_;
};

}  // namespace rolecall::test
