#pragma once

#include "orchestrator/proxy/client_connection.hpp"
#include "orchestrator/proxy/own_reply.hpp"
#include "orchestrator/proxy/relay.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/role_selection.hpp"
#include "orchestrator/proxy/session_environment.hpp"
#include "orchestrator/proxy/task.hpp"

#include <optional>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// One client connection from its first byte to its last: requests one after another, each received
/// whole, given to a role or answered here, and counted. Lives on its data thread.
class session {
 public:
  /// Both outlive the session.
  session(session_environment& environment, client_connection& client)
      : environment_(environment), client_(client) {}

  /// Ends when the connection does; throws nothing.
  [[nodiscard]] task<void> run();

 private:
  enum class reception {
    request,  ///< complete, in request_
    refused,  ///< why is in refusal_; the connection ends
    nothing,  ///< the client left or was idle for too long
  };
  using admission = boost::system::result<lease, refusal>;

  [[nodiscard]] task<bool> serve();
  [[nodiscard]] task<bool> await_request();
  [[nodiscard]] task<reception> receive();
  [[nodiscard]] task<void> encourage();
  bool refuses(request_parser& parser);
  bool refuses_header();
  [[nodiscard]] task<bool> forward(role_request to);
  [[nodiscard]] task<admission> admit(const routed_role& role);
  [[nodiscard]] task<bool> send(own_reply reply, std::string_view role);

  session_environment& environment_;
  client_connection& client_;
  request request_;
  error_response refusal_;
  time_point started_{};  // of the request: its first byte
  bool header_checked_ = false;
  bool encouraged_ = false;  // with 100 Continue, or found to need none
  bool keep_alive_ = false;
  bool lingers_ = false;  // what the client still sends is to be read before the end
};

}  // namespace rolecall::proxy
