#pragma once

#include "registry/registry.hpp"

#include <memory>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

struct ssl_ctx_st;

namespace rolecall::access {

/// A certificate with its key, ready to serve TLS 1.2 and later. Immutable; connections share it
/// and keep the one that they began with. Any thread.
class tls_context {
 public:
  /// Reads both files. The error names the file and what is wrong: unreadable, no PEM, an encrypted
  /// key, a key that belongs to another certificate.
  [[nodiscard]] static boost::system::result<std::shared_ptr<const tls_context>, std::string> load(
      const registry::tls_files& files);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// What a client will object to: the certificate has expired or is not valid yet. nullopt:
  /// nothing.
  [[nodiscard]] std::optional<std::string> complaint() const;
  /// The end of the certificate's validity, as "Nov 21 15:55:35 2026 GMT".
  [[nodiscard]] std::string valid_until() const;

  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_; }

 private:
  explicit tls_context(ssl_ctx_st* context) noexcept : context_(context) {}

  ssl_ctx_st* context_;
};

}  // namespace rolecall::access
