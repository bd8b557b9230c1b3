#pragma once

#include "launcher/descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::bench {

/// A listener on 127.0.0.1, non-blocking. Throws std::system_error.
[[nodiscard]] launcher::descriptor listen_on(std::uint16_t port);

/// A connected, non-blocking socket without Nagle's delay. On the loopback address connecting does
/// not wait unless the listener's backlog is full. Throws std::system_error.
[[nodiscard]] launcher::descriptor connect_to(std::uint16_t port);

/// The next connection of a listener, set up as connect_to() does; none when nobody waits.
[[nodiscard]] launcher::descriptor accept_from(const launcher::descriptor& listener);

/// Answer to a GET over a connection of its own, waiting at most a second: the body when the status
/// is 200, nothing for any other end.
[[nodiscard]] std::optional<std::string> get(std::uint16_t port, std::string_view target);

}  // namespace rolecall::bench
