#pragma once

#include "orchestrator/proxy/access_record.hpp"
#include "orchestrator/proxy/client_connection.hpp"
#include "orchestrator/proxy/own_reply.hpp"
#include "orchestrator/proxy/relay.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/role_selection.hpp"
#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"
#include "orchestrator/proxy/visitor.hpp"
#include "orchestrator/tracing/open_trace.hpp"

#include <optional>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// One client connection from its first byte to its last: requests one after another, each received
/// whole, given to a role or answered here, and counted. Lives on its data thread.
class session {
 public:
  /// All outlive the session. `door`: name of the role whose door the client came through, or
  /// nullptr.
  session(session_environment& environment, client_connection& client, const std::string* door)
      : environment_(environment), client_(client), door_(door), trace_(environment.traces) {}

  /// Ends when the connection does; throws nothing.
  [[nodiscard]] task<void> run();

 private:
  enum class reception {
    request,  ///< complete, in request_
    refused,  ///< why is in refusal_; the connection ends
    nothing,  ///< the client left or was idle for too long
  };
  using admission = boost::system::result<lease, refusal>;

  [[nodiscard]] task<bool> await_request();
  [[nodiscard]] task<reception> receive();
  [[nodiscard]] task<void> encourage();
  [[nodiscard]] task<bool> answer(reception received);
  bool refuses(request_parser& parser);
  bool translate(role_request& to);
  void take_routes();
  bool refuses_header();
  void identify();
  void begin_record();
  void note(std::string_view role, unsigned status, request_outcome how);
  void note_carried(std::string_view role, const relay_outcome& outcome);
  void begin_trace(const routed_role* role, residency::lease_kind kind, const lease& admitted);
  void conclude();
  void note_wait(std::chrono::steady_clock::duration waited, const wait_story* story);
  void end_trace();
  [[nodiscard]] residency::request_priority priority() const;
  [[nodiscard]] request_view asked() const;
  [[nodiscard]] selection choose();
  [[nodiscard]] task<bool> forward(role_request to);
  [[nodiscard]] lease enter(const role_request& to, residency::lease_kind kind, time_point now);
  [[nodiscard]] task<admission> admit(const role_request& to, residency::lease_kind kind);
  [[nodiscard]] task<admission> wait_for_lease(const role_request& to, residency::lease_kind kind);
  [[nodiscard]] task<bool> comment(const wait_outlook& outlook);
  [[nodiscard]] task<bool> end_stream(std::string event, unsigned status, std::string_view role);
  [[nodiscard]] task<bool> send(own_reply reply, std::string_view role);
  [[nodiscard]] task<bool> send_error(const error_response& error, std::string_view role);

  session_environment& environment_;
  client_connection& client_;
  const std::string* door_;
  std::shared_ptr<const routing_table> routes_;  // of the request, to its end
  request request_;
  std::optional<body_scan> scan_;  // of the body, where routing reads it
  std::size_t scanned_ = 0;        // bytes of the body that scan_ has seen
  relay_memory memory_;
  std::optional<relay> carrier_;  // here, as it would make its coroutine's frame too large to reuse
  error_response refusal_;
  visitor visitor_{nullptr};
  access_record record_;  // of the request; views of what lives as long
  tracing::open_trace trace_;
  time_point taken_{};                        // by an upstream; zero: it was not
  time_point first_{};                        // token of an answer that is no stream
  tracing::token_counts tokens_;              // of the request, and likewise what follows
  unsigned retries_ = 0;                      // what it was sent more than once
  std::string_view route_ = "other";          // a word of metrics::route_words
  metrics::role_metrics* counted_ = nullptr;  // by these; nullptr: those of record_.role
  std::uint64_t sent_before_ = 0;
  bool is_open_ = false;   // the request has begun and is not on record yet
  time_point started_{};   // its first byte
  time_point received_{};  // it was complete; zero: it is not
  time_point ended_{};     // an upstream's answer; zero: it has not
  bool header_checked_ = false;
  bool encouraged_ = false;  // with 100 Continue, or found to need none
  bool keep_alive_ = false;
  bool is_answered_ = false;  // with the head of an event stream, while the request waited
  bool lingers_ = false;      // what the client still sends is to be read before the end
};

}  // namespace rolecall::proxy
