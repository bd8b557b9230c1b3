#pragma once

#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/request_parser.hpp"
#include "orchestrator/proxy/role_selection.hpp"

#include <string>
#include <string_view>

namespace rolecall::proxy {

// What a client is told while its request waits: an event stream that begins with comments, so that
// neither it nor a proxy in between takes the silence for an end. Pure.

/// Whether the request is one for an event stream of a role with comments. HTTP/1.0 has no chunks,
/// and Ollama's API no comments.
[[nodiscard]] bool takes_comments(const request& asked, const role_request& to) noexcept;

/// The head of the stream, in chunks. `request_id`: X-Request-Id; empty: none.
[[nodiscard]] std::string comments_head(bool keep_alive, std::string_view request_id);

/// `: loading 42%`, `: waiting, 3 before you` or `: waiting`, as a server-sent comment.
[[nodiscard]] std::string waiting_comment(const wait_outlook& outlook);

/// A chunk of the transfer coding; the text is not empty.
[[nodiscard]] std::string chunk_of(std::string_view text);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace rolecall::proxy
