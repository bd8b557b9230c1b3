#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>
#include <string_view>

namespace rolecall::rolectl {

// What tables say of a role, each in a few words; empty where there is nothing to say. Pure.

/// Its state: "ready", "ready 6/6", "ready 4/6".
[[nodiscard]] std::string state_words(const admin::role_status& role);
[[nodiscard]] look look_of(std::string_view state) noexcept;

/// "8090-8095", "8080", "8080,8082".
[[nodiscard]] std::string port_words(const admin::role_status& role);

/// How long something has lasted, in one or two units: "12s", "5m", "3h5m", "2d4h".
[[nodiscard]] std::string age_words(double seconds);

/// Since the latest change among its instances.
[[nodiscard]] std::string since_words(const admin::role_status& role);

/// "hot", "warm pinned".
[[nodiscard]] std::string tier_words(const admin::role_status& role);

// Memory is that of all instances; a role that shares another's processes has none of its own.
[[nodiscard]] registry::byte_count used_bytes(const admin::role_status& role) noexcept;  ///< PSS
[[nodiscard]] registry::byte_count reserved_bytes(const admin::role_status& role) noexcept;
/// Measured and reserved: "11.2/18.6 GiB"; "-/18.6 GiB" when nothing was measured.
[[nodiscard]] std::string memory_words(const admin::role_status& role);
/// Which part of what is reserved is used; empty when nothing is reserved.
[[nodiscard]] std::string memory_bar(const admin::role_status& role, const screen& on);

/// Requests that are served and that wait: "2/0".
[[nodiscard]] std::string request_words(const admin::role_status& role);

/// Per second: "0", "12.3", "1234".
[[nodiscard]] std::string rate_words(double per_second);
/// Tokens per second; nothing for a role that generates with another's processes, or has none
/// ready.
[[nodiscard]] std::string token_words(const admin::role_status& role);

/// How far a load has come: "queued", "reading 42 %, 3.1 GiB/s", "loading 80 %", "warming up".
[[nodiscard]] std::string load_words(const admin::load_status& load);
/// Of the instance that has got least far; nothing when none loads.
[[nodiscard]] std::string load_words(const admin::role_status& role);

/// What there is to know beside the state: a load's progress, the last reason, restarts; tamed.
[[nodiscard]] std::string reason_words(const admin::role_status& role, const screen& on);

}  // namespace rolecall::rolectl
