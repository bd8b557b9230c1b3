#pragma once

#include <string_view>

namespace rolecall::access {

/// The fields in which clients show their key; empty: not there.
struct credential_fields {
  std::string_view authorization;  ///< `Bearer <key>`: OpenAI's clients, and most
  std::string_view x_api_key;      ///< Anthropic's
  std::string_view api_key;        ///< Azure's
};

/// The key that a request shows, in the order of the fields; empty: none. Authorization in another
/// scheme than Bearer shows none.
[[nodiscard]] std::string_view credential_of(const credential_fields& fields) noexcept;

}  // namespace rolecall::access
