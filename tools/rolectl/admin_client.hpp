#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/http_client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rolecall::rolectl {

/// "unix:/run/rolecall/admin.sock", "127.0.0.1:8071", "[::1]:8071", "bighost:8071"; an http://
/// before it is ignored. The error says what is wrong with the text.
[[nodiscard]] boost::system::result<registry::endpoint, std::string> parse_door(
    std::string_view text);
/// The inverse.
[[nodiscard]] std::string door_words(const registry::endpoint& door);

/// Where the daemon may be, in the order of trying: what the operator named (`option`, or else
/// `variable`), or else the system's socket and the default port. Empty strings count as not given.
[[nodiscard]] boost::system::result<std::vector<registry::endpoint>, std::string> doors(
    const std::string& option, const std::string& variable);

/// No daemon answered at any of the doors; `what()` says where and what to do.
class unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The daemon answered that it will not or cannot; `what()` is its reason.
class refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Talks to the daemon's admin endpoints: tries the doors in order until one is open and stays with
/// it. Blocking.
class admin_client {
 public:
  /// `key`: the operator's, for admin addresses that ask for one; or empty.
  explicit admin_client(std::vector<registry::endpoint> doors, std::string key = {})
      : doors_(std::move(doors)), key_(std::move(key)) {}

  /// A successful answer; throws unreachable or refused.
  http_answer call(const http_call& what, const body_sink& sink = {});

  [[nodiscard]] std::string get(const std::string& target) {
    return call({"GET", target, {}, {}}).body;
  }
  /// Throws refused when the answer is not a status.
  [[nodiscard]] admin::fleet_status status();
  [[nodiscard]] admin::role_status role(const std::string& name);

  /// The door that answered last.
  [[nodiscard]] const registry::endpoint& door() const { return doors_.front(); }

 private:
  std::vector<registry::endpoint> doors_;
  std::string key_;
};

/// A path segment or a parameter's value, percent-encoded (RFC 3986 section 2.1).
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Where requests to the front door go: the first address that the status lists. An address that
/// stands for every interface is replaced by that of `admin`. nullopt when there is none.
[[nodiscard]] std::optional<registry::endpoint> front_door(const admin::fleet_status& status,
                                                           const registry::endpoint& admin);

}  // namespace rolecall::rolectl
