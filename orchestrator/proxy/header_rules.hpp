#pragma once

#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/response_parser.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

// What may pass from one connection to the other. Pure.

/// Why a request's framing or host could be read differently by the next server (RFC 9112
/// sections 3.2, 6.1, 6.3, 11.2); such a request is answered 400 and its connection closed.
/// nullopt: none. Stricter than the parser, which takes other codings beside `chunked`,
/// Transfer-Encoding in HTTP/1.0 and several Host fields.
[[nodiscard]] std::optional<std::string> smuggling_fault(unsigned version,
                                                         const header_fields& fields);

/// The same for an upstream's answer, where it means that the body's end is in doubt.
[[nodiscard]] std::optional<std::string> framing_fault(unsigned version,
                                                       const header_fields& fields);

/// Which fields of a message belong to one connection only: the hop-by-hop fields of RFC 9110
/// section 7.6.1 and whatever its Connection fields name.
class hop_by_hop_rule {
 public:
  /// `fields` outlives the rule.
  explicit hop_by_hop_rule(const header_fields& fields);
  [[nodiscard]] bool applies_to(const header_fields::field& field) const;

 private:
  const header_fields& fields_;
  bool names_fields_ = false;  // a Connection field says more than keep-alive or close
};

/// What the Expect field asks for (RFC 9110 section 10.1.1).
enum class expectation { none, continue_100, unknown };
[[nodiscard]] expectation expectation_of(const request& from);

/// Appends the head sent upstream: HTTP/1.1, our own Host and framing, the client added to
/// X-Forwarded-For. Left out are hop-by-hop fields, Expect, keys (llama-server has none to check
/// and must not log them) and X-Conversation-Id, with which llama-server goes on generating after
/// its client has gone. X-Request-Id is the request's id, if it has one.
void write_request_head(std::string& out, const request& from, std::string_view target,
                        std::uint16_t upstream_port, std::string_view client_address);

/// How the end of an answer's body is told to the client.
enum class body_framing {
  none,         ///< no body: HEAD, 204, 304
  length,       ///< Content-Length as the upstream gave it
  chunked,      ///< HTTP/1.1 clients, when the length is not known beforehand
  until_close,  ///< HTTP/1.0 clients likewise
};

/// Appends the head sent to the client. `length` is the upstream's Content-Length, if it gave one.
/// Event streams get `X-Accel-Buffering: no`, so that a proxy before us does not hold them back.
/// `translated_type`: the Content-Type of a body that is not the upstream's; empty: it is, byte for
/// byte. `request_id`: X-Request-Id, in place of the upstream's; empty: none.
void write_response_head(std::string& out, const response_head& from, body_framing framing,
                         std::optional<std::uint64_t> length, bool keep_alive,
                         std::string_view translated_type = {}, std::string_view request_id = {});

/// Whether the answer is a stream of server-sent events.
[[nodiscard]] bool is_event_stream(const response_head& head);

}  // namespace rolecall::proxy
