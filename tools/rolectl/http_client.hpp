#pragma once

#include "registry/registry.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

namespace rolecall::rolectl {

struct http_answer {
  unsigned status = 0;
  std::string body;  ///< empty when a sink took it

  [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// Why there is no answer.
struct no_answer {
  bool connected = false;  ///< the peer took the connection and failed later
  std::string reason;      ///< "connection refused"
};

struct http_call {
  std::string method = "GET";
  std::string target;
  std::string body;  ///< sent as application/json unless empty
  /// The longest silence: while connecting, and between two pieces of the answer. nullopt: no limit
  /// once connected.
  std::optional<std::chrono::seconds> patience = std::chrono::seconds{10};
  std::string key = {};  ///< shown as bearer token; empty: none
  /// A descriptor that makes the call fail when it becomes readable. It is only waited for.
  std::optional<int> interrupt = {};
};

/// Takes a piece of the answer's body; false ends the exchange.
using body_sink = std::function<bool(std::string_view piece)>;

/// Makes one call on a fresh connection and blocks until its end. `where` may name a host. With a
/// sink, a successful answer's body goes there as it arrives; an error's body is collected. Bodies
/// that are collected are limited to 64 MiB.
[[nodiscard]] boost::system::result<http_answer, no_answer> exchange(
    const registry::endpoint& where, const http_call& call, const body_sink& sink = {});

/// The message of an OpenAI-shaped error, or the body's beginning when it has another shape.
[[nodiscard]] std::string error_message(const http_answer& answer);

}  // namespace rolecall::rolectl
