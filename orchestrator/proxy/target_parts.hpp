#pragma once

#include <string_view>

namespace rolecall::proxy {

/// What stands before a role's name in a path that is for that role.
inline constexpr std::string_view role_prefix = "/roles/";

/// A request target's two parts (RFC 9112 section 3.2), views of it; `query` begins with its
/// question mark.
struct target_parts {
  std::string_view path;
  std::string_view query;
};

/// Takes the absolute form, too: clients that take the front door for a forward proxy send it, and
/// servers must accept it.
[[nodiscard]] target_parts split_target(std::string_view target) noexcept;

/// The path behind `/roles/<role>`, which may be empty; `path` itself when it does not begin so.
[[nodiscard]] std::string_view without_role(std::string_view path) noexcept;

}  // namespace rolecall::proxy
