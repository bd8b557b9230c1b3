#pragma once

#include "orchestrator/access/credential.hpp"
#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/admin/reply.hpp"

#include <optional>
#include <string_view>

namespace rolecall::admin {

using key_fields = access::credential_fields;

/// Pure. 401 for a request by TCP without a key of `keys`; nullopt for one that may go on. `/livez`
/// is open to everybody: it tells nothing but that somebody is there.
[[nodiscard]] std::optional<reply> refusal_of(const key_fields& shown, std::string_view target,
                                              const access::key_ring& keys);

}  // namespace rolecall::admin
