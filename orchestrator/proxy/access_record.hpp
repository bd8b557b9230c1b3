#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// How a request ended.
enum class request_outcome {
  answered,     ///< by the role's llama-server, to the last byte
  incomplete,   ///< its answer broke off after it had begun
  own_page,     ///< by the front door: /health, /v1/models …
  refused,      ///< by the front door, with an error
  client_gone,  ///< the client left, or took nothing for too long
};

/// "answered", "incomplete", "page", "refused", "client_gone".
[[nodiscard]] std::string_view to_string(request_outcome outcome) noexcept;

/// What the access log tells of one request. Views are of whoever writes it; empty: not known.
struct access_record {
  using seconds = std::chrono::duration<double>;

  std::chrono::system_clock::time_point arrived{};
  std::string_view request_id = {};
  std::string_view trace_id = {};  ///< W3C's, as the client gave it
  std::string_view client = {};    ///< address
  std::string_view key = {};       ///< name
  std::string_view role = {};
  std::string_view instance = {};  ///< that answered, or was asked last
  std::string_view method = {};
  std::string_view target = {};       ///< of it only the path is told, as queries may hold secrets
  unsigned status = 0;                ///< sent to the client; 0: none
  std::uint64_t bytes_in = 0;         ///< on the wire, heads included
  std::uint64_t bytes_out = 0;        ///< likewise
  std::optional<seconds> queue = {};  ///< waited for admission; nullopt: admitted at once
  std::optional<seconds> first_byte = {};  ///< of the upstream's answer, since the arrival
  seconds total{0};
  request_outcome outcome = request_outcome::answered;
};

/// Appends the record as one line of JSON. Pure. Every field of every line is there; what is not
/// known is null. Bytes that are no printable ASCII are escaped, a path is cut at 2 KiB.
void append_line(std::string& out, const access_record& record);

}  // namespace rolecall::proxy
