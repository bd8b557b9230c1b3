#pragma once

#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/role_access.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// Who asks on one connection: checks the key that each request shows and holds the request's turn.
/// Owned by the session. Pure but for the keys' counts of requests in flight.
class visitor {
 public:
  /// `door`: the role whose door the connection came through; nullptr: the front door.
  explicit visitor(const routed_role* door) noexcept { access_.door = door; }

  /// The role's place in another table.
  void come_through(const routed_role* door) noexcept { access_.door = door; }

  /// To be asked when a request's header is complete, so that a stranger's body is never read.
  /// `keys`: nullptr when none are asked for. What it is refused with: 401 without a key or with an
  /// unknown one, unless the page is open to everybody; 429 when the key has too many requests in
  /// flight. GET, HEAD and OPTIONS do not count: they generate nothing.
  [[nodiscard]] std::optional<error_response> greet(
      const request& asked, const std::shared_ptr<const access::key_ring>& keys);
  /// At the end of each request: gives its turn back.
  void leave() noexcept;

  /// What the request that was greeted last may use.
  [[nodiscard]] const role_access& access() const noexcept { return access_; }
  /// Of its key; empty: none.
  [[nodiscard]] std::string_view key_name() const noexcept {
    return access_.key == nullptr ? std::string_view{} : access_.key->name();
  }

 private:
  void look_up(std::string_view secret, const access::key_ring& keys);

  role_access access_;
  access::turn turn_;
  // Of the key that was shown last: clients show one key all the time, and hashing takes longer
  // than comparing.
  std::shared_ptr<const access::key> key_;
  std::string secret_;
  std::uint64_t generation_ = 0;  // of the ring that it was found in; 0: none
};

}  // namespace rolecall::proxy
