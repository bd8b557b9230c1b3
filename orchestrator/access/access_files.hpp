#pragma once

#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/access/tls_context.hpp"
#include "registry/diagnostic.hpp"
#include "registry/registry.hpp"

#include <memory>

namespace rolecall::access {

/// What doors need beside the registry, from the files that host names.
struct access_files {
  std::shared_ptr<const key_ring> clients;    ///< nullptr: the front door asks for no key
  std::shared_ptr<const key_ring> operators;  ///< the same for the admin's TCP addresses
  std::shared_ptr<const tls_context> tls;     ///< nullptr: plain HTTP
};

struct access_reading {
  access_files files;
  registry::diagnostics notes;  ///< errors: a file could not be used
};

/// Reads host.api_keys, host.admin_keys and host.tls. A file that cannot be used leaves in its
/// place what `before` has of it. Blocking.
[[nodiscard]] access_reading read_access_files(const registry::model_registry& registry,
                                               const access_files& before = {});

/// Whether a door asks for keys or speaks TLS belongs to the address that it listens on: what
/// `present` lacks is left out of `next`.
void keep_until_restart(access_files& next, const access_files& present);

}  // namespace rolecall::access
