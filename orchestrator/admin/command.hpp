#pragma once

#include <array>
#include <string_view>

namespace rolecall::admin {

/// What an operator may tell a role.
enum class command { load, unload, restart, pin, unpin };

inline constexpr std::array all_commands{command::load, command::unload, command::restart,
                                         command::pin, command::unpin};

/// The word in `POST /admin/roles/{role}/<word>`.
[[nodiscard]] std::string_view to_string(command what) noexcept;

}  // namespace rolecall::admin
