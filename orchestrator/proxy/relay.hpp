#pragma once

#include "orchestrator/proxy/client_connection.hpp"
#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/header_rules.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/response_parser.hpp"
#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::proxy {

/// What became of one relayed request.
struct relay_outcome {
  unsigned status = 0;                         ///< sent to the client; 0: nothing was sent
  std::optional<error_response> failure = {};  ///< to be sent by the caller, as nothing was
  bool reusable = false;     ///< the client's connection can carry another request
  bool client_gone = false;  ///< it left, or took nothing for too long, before the end
  bool unreachable = false;  ///< nobody was sent anything: the request may be admitted anew
};

/// Carries one request to an upstream and its answer back, unbuffered and byte for byte. Made for
/// one request, used on the session's data thread. Watches the client all the while; does not
/// decide who may use the upstream: it is given a lease and holds it to the last byte.
///
///   connect or reuse ──► send ──► first byte ──► head ──► body … ──► end
///         │               │           │          │        │
///         │               └───────────┘          │        └─ broken off: an event stream gets an
///         │       nothing received: a fresh      │           error event; any other connection is
///         │       connection, another replica,   │           cut, so that the missing end is seen
///         │       then 502                       └─ broken off: 502
///         └─ refused: another replica, or a new admission: its process has just ended
class relay {
 public:
  /// All of it outlives the relay.
  relay(session_environment& environment, client_connection& client, request& asked,
        const routed_role& role, std::string_view target, bool keep_alive);
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  [[nodiscard]] task<relay_outcome> run(lease held);

 private:
  enum class exchange { answered, unreachable, nothing_received, broken };

  // To the head of the answer.
  [[nodiscard]] task<exchange> reach_an_upstream(lease& held);
  [[nodiscard]] task<exchange> ask(const upstream& target);
  [[nodiscard]] task<bool> connect(const upstream& target);
  [[nodiscard]] task<exchange> send_and_receive_head(const upstream& target);
  [[nodiscard]] task<void> send(const upstream& target);
  [[nodiscard]] task<exchange> receive_head();
  exchange parse_head();
  [[nodiscard]] task<bool> receive();
  [[nodiscard]] relay_outcome unanswered(exchange how) const;

  // From the head to the end.
  [[nodiscard]] task<relay_outcome> answer(const upstream& target);
  [[nodiscard]] task<bool> forward_pieces();
  [[nodiscard]] task<bool> receive_pieces();
  [[nodiscard]] task<void> end_early();
  void choose_framing();
  void frame_pieces();
  void note_event_boundary() noexcept;

  session_environment& environment_;
  client_connection& client_;
  request& asked_;
  const routed_role& role_;
  std::string_view target_;
  bool keep_alive_;

  std::unique_ptr<upstream_connection> connection_;
  response_head head_;
  std::optional<response_parser> parser_;
  body_framing framing_ = body_framing::none;
  time_point forwarded_{};
  bool received_ = false;  // a byte of this attempt's answer
  bool ended_ = false;     // the upstream closed its side in order

  std::string text_;                               // heads and chunk sizes on their way out
  std::vector<boost::asio::const_buffer> out_;     // one write to the client
  std::array<char, 2> last_bytes_ = {'\n', '\n'};  // of the body so far
};

}  // namespace rolecall::proxy
