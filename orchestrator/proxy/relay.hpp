#pragma once

#include "orchestrator/proxy/answer_meter.hpp"
#include "orchestrator/proxy/client_connection.hpp"
#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/header_rules.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/response_parser.hpp"
#include "orchestrator/proxy/role_selection.hpp"
#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"
#include "orchestrator/tracing/open_trace.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::proxy {

/// Memory that the requests of one connection use one after another.
struct relay_memory {
  response_head head;
  std::string text;                               ///< heads and chunk sizes on their way out
  std::vector<boost::asio::const_buffer> pieces;  ///< of a body, as received
  std::vector<boost::asio::const_buffer> out;     ///< one write to the client
  std::string translated;                         ///< of a body, where it is not passed as it is
  answer_ends ends;
};

/// What became of one relayed request.
struct relay_outcome {
  unsigned status = 0;                         ///< sent to the client; 0: nothing was sent
  std::optional<error_response> failure = {};  ///< to be sent by the caller, as nothing was
  bool reusable = false;     ///< the client's connection can carry another request
  bool client_gone = false;  ///< it left, or took nothing for too long, before the end
  bool unreachable = false;  ///< nobody was sent anything: the request may be admitted anew
};

/// Carries one request to an upstream and its answer back, unbuffered and byte for byte, or through
/// the request's translation. Made for one request, used on the session's data thread. Watches the
/// client all the while; does not decide who may use the upstream: it is given a lease and holds it
/// to the last byte.
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
  /// How the request came.
  struct arrival {
    time_point started{};      ///< its first byte
    time_point admitted{};     ///< by the lease that run() is given
    bool keep_alive = false;   ///< its connection may carry another one
    bool is_answered = false;  ///< the head of an event stream was sent already
  };
  /// All of it outlives the relay. `trace`: of the request, begun.
  relay(session_environment& environment, metrics::role_metrics& metrics, client_connection& client,
        relay_memory& memory, request& asked, const role_request& to, arrival how,
        tracing::open_trace& trace);
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  [[nodiscard]] task<relay_outcome> run(lease held);

  /// How far it came.
  struct progress {
    const upstream* asked = nullptr;  ///< last
    time_point taken{};               ///< by it: all sent; zero: not yet
    time_point first_byte{};          ///< of its answer
    bool is_whole = false;            ///< the answer was received to its end
    unsigned retries = 0;             ///< it was sent, or tried to be, once more
    time_point first_token{};  ///< as an answer that is no stream tells it; zero: it does not
    tracing::token_counts tokens = {};
  };
  /// After run(), once; `now` is when it ended. Tells the metrics what was measured of the answer.
  [[nodiscard]] const progress& finish(time_point now);

 private:
  enum class exchange { answered, unreachable, nothing_received, broken };

  // To the head of the answer.
  [[nodiscard]] task<exchange> ask(const upstream& target);
  [[nodiscard]] task<bool> connect(const upstream& target);
  [[nodiscard]] task<exchange> send_and_receive_head(const upstream& target);
  [[nodiscard]] bool is_untaken(exchange how) const;
  [[nodiscard]] bool enters_another(lease& held);
  void note_retry();
  void begin_head();
  exchange parse_head();
  /// The next bytes from the upstream; what the wait gives is for take().
  [[nodiscard]] auto next_bytes() {
    return connection_->socket.async_read_some(connection_->input.prepare(step_), no_throw);
  }
  [[nodiscard]] bool take(const std::tuple<boost::system::error_code, std::size_t>& got);
  [[nodiscard]] relay_outcome unanswered(exchange how) const;

  // From the head to the end.
  [[nodiscard]] task<relay_outcome> answer(const upstream& target);
  [[nodiscard]] task<relay_outcome> answer_at_once(const upstream& target);
  [[nodiscard]] task<relay_outcome> answer_as_event(const upstream& target);
  [[nodiscard]] task<bool> receive_all(std::string& body);
  void give_back(const upstream& target);
  void prepare_pieces();
  [[nodiscard]] task<bool> receive_pieces();
  [[nodiscard]] task<bool> end_early();
  [[nodiscard]] task<bool> send_event(std::string_view event);
  void choose_framing();
  void append_head(std::optional<std::uint64_t> length);
  void translate_pieces();
  void frame_pieces();
  [[nodiscard]] error_response broken_off() const;

  /// The deadline of a wait that may take until `latest`: not beyond the request's own.
  [[nodiscard]] time_point within_total(time_point latest) const noexcept {
    return std::min(latest, total_deadline_);
  }
  /// What a wait for the upstream was limited by, for messages: "600 s (timeouts.idle of the
  /// role)".
  [[nodiscard]] std::string limit_reached(std::chrono::seconds time, std::string_view key) const;
  void note_event_boundary() noexcept;

  session_environment& environment_;
  metrics::role_metrics& metrics_;
  client_connection& client_;
  request& asked_;
  const role_request& to_;
  const routed_role& role_;
  bool keep_alive_;
  bool is_answered_;
  time_point started_;
  tracing::open_trace& trace_;
  std::size_t step_;  // of the next read
  time_point total_deadline_;

  std::unique_ptr<upstream_connection> connection_;
  std::optional<response_parser> parser_;
  body_framing framing_ = body_framing::none;
  time_point forwarded_;
  progress seen_;
  answer_meter meter_;
  bool received_ = false;  // a byte of this attempt's answer
  bool ended_ = false;     // the upstream closed its side in order

  response_head& head_;
  std::string& text_;
  std::vector<boost::asio::const_buffer>& pieces_;
  std::vector<boost::asio::const_buffer>& out_;
  std::string& translated_;
  std::array<char, 2> last_bytes_ = {'\n', '\n'};  // of the body so far
};

}  // namespace rolecall::proxy
