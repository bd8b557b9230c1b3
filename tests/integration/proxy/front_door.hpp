#pragma once

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/server.hpp"
#include "tests/integration/proxy/peer.hpp"
#include "tests/integration/proxy/scripted_leases.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace rolecall::test {

/// One llama-server's port, played by the test, and its gate.
struct scripted_upstream {
  listening_port port;
  proxy::upstream gate;
};

/// A front door of its own on a free port, with these roles:
///   solo   one upstream, its gate open     alias "gpt-4"
///   twin   two upstreams, gates open
///   cold   one upstream, its gate closed: leases come from `leases`
/// and a door of solo's own.
/// At its end no lease may be held by anybody.
class front_door {
 public:
  struct options {
    proxy::client_limits limits = {};
    registry::byte_count max_request_body = 64 << 20;
    std::chrono::seconds first_byte{600};
    std::chrono::seconds idle{600};
    std::optional<std::chrono::seconds> total = std::nullopt;
    registry::replica_routing routing = registry::replica_routing::least_busy;
    bool comments = false;
    int threads = 1;
    access::access_files access = {};
    std::optional<std::filesystem::path> access_log = std::nullopt;
    bool remembers = true;  ///< requests, in `traces`
  };

  front_door();
  explicit front_door(const options& chosen);
  ~front_door();
  front_door(const front_door&) = delete;
  front_door& operator=(const front_door&) = delete;

  [[nodiscard]] peer connect() const { return peer::connect(port); }
  /// Sends a POST with a JSON body that names the role; the answer is to be read from the peer.
  [[nodiscard]] peer post(std::string_view role, std::string_view more = {}) const;
  [[nodiscard]] static std::string post_text(std::string_view role, std::string_view more = {});

  /// Ends every session; what they count is complete then.
  void stop() { server->stop(std::chrono::steady_clock::now()); }

  /// The value of a metric's sample line, such as
  /// `rolecall_requests_total{role="solo",status="200"}`; -1: no such line. Labels in the order of
  /// the text format.
  [[nodiscard]] double metric(const std::string& sample) const;
  /// What is remembered of requests, the latest first.
  [[nodiscard]] std::vector<tracing::request_trace> remembered() const {
    return traces.select({.limit = 1000});
  }

  scripted_upstream solo;
  scripted_upstream twin_a;
  scripted_upstream twin_b;
  scripted_upstream cold;
  scripted_leases leases;
  metrics::catalogue metrics;
  tracing::request_traces traces;
  std::optional<proxy::server> server;
  std::uint16_t port = 0;
  std::uint16_t solo_port = 0;  ///< of solo's door

 private:
  struct no_states final : proxy::state_source {
    [[nodiscard]] std::shared_ptr<const std::vector<proxy::role_state>> role_states()
        const override {
      return nullptr;
    }
  };

  no_states states_;
  std::shared_ptr<proxy::routing_table> routes_ = std::make_shared<proxy::routing_table>();
};

/// An answer with a length.
[[nodiscard]] std::string answer_text(std::string_view body,
                                      std::string_view status_line = "200 OK");
/// The head of an event stream in chunks, and one chunk.
[[nodiscard]] std::string stream_head();
[[nodiscard]] std::string chunk(std::string_view text);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace rolecall::test
