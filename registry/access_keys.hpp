#pragma once

#include "registry/diagnostic.hpp"
#include "registry/registry.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// SHA-256 of a key's text. A plain hash is right here: `rolectl key` makes keys of 256 random
/// bits, which nobody finds by trying; slow hashes are for passwords that people choose.
using key_digest = std::array<std::uint8_t, 32>;

/// Whose requests go first when a role is busy.
enum class key_priority { interactive, background };

/// What the holder of one key may do. The key itself is nowhere.
struct access_key {
  std::string name;  ///< in logs and metrics
  key_digest digest{};
  std::vector<std::string> roles;  ///< empty: every role
  int in_flight = 0;               ///< requests at once; 0: any number
  key_priority priority = key_priority::interactive;
  position where{};

  bool operator==(const access_key& other) const;
};

/// The keys of a file, in the order of its lines. None when a note is an error.
struct key_list {
  std::vector<access_key> keys;
  diagnostics notes;
};

/// Whose keys a file holds. Operators' keys open the whole admin door and take no options.
enum class key_use { clients, operators };

/// A file has no more: each request is compared with all of them, and each is a label of metrics.
inline constexpr std::size_t most_keys = 1000;

/// Reads lines of
///
///     NAME sha256:HEX [roles=ROLE,…] [in_flight=N] [priority=interactive|background]
///
/// with `#` comments and empty lines between them. Unknown options, roles that `known` has not, and
/// names or hashes that stand there twice are errors at their place. `file` names it in notes.
[[nodiscard]] key_list parse_access_keys(std::string_view text, const std::string& file,
                                         key_use use, const model_registry& known);

/// Reads a file of at most 1 MiB. One that others than its owner can write is an error, as they
/// could let themselves in; one that everybody can read is a warning.
[[nodiscard]] key_list read_access_keys(const std::filesystem::path& file, key_use use,
                                        const model_registry& known);

/// The line of a key file that parse_access_keys() reads as `key`.
[[nodiscard]] std::string to_line(const access_key& key);

}  // namespace rolecall::registry
