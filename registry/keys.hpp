#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// What a key's value looks like in the text.
enum class value_kind {
  text,
  name,  ///< of a model or a role
  path,
  boolean,
  integer,
  number,  ///< a decimal such as 18.3
  bytes,
  bytes_or_auto,
  duration,
  duration_or_never,
  share,  ///< 15% or 0.15
  choice,
  number_list,    ///< 0-3,8
  nodes,          ///< all, or a number list
  ports,          ///< a port, a range, or a list of these
  endpoints,      ///< one or several of address:port and unix:path
  tcp_endpoints,  ///< one or several of address:port
  text_list,
  path_list,
  section,         ///< a mapping with known keys
  named_sections,  ///< a mapping from names to sections
  section_list,
};

struct section;

/// One key: the reader, the JSON Schema and the reference page all follow this table.
struct key {
  std::string_view name;
  value_kind kind = value_kind::text;
  std::string_view fallback;  ///< the default as one would write it; empty when there is none
  std::string_view meaning;   ///< one sentence or a few
  std::int64_t low = 0;  ///< integer and number; bytes; seconds of a duration; per cent of a share
  std::int64_t high = 0;
  std::vector<std::string_view> choices = {};
  const section* inner = nullptr;
  bool required = false;
  bool nullable = false;  ///< `null` undoes a default
};

struct section {
  std::string_view title;
  std::string_view meaning;
  std::vector<key> keys;

  [[nodiscard]] const key* find(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<std::string> names() const;
};

/// The whole registry; every other section is reached from it.
[[nodiscard]] const section& root_section();
[[nodiscard]] const section& role_section();
/// Keys of a role that `defaults` may hold: all but those that make one role different from
/// another.
[[nodiscard]] const section& defaults_section();

/// Keys that a role which `shares` another's process may have.
[[nodiscard]] bool allowed_for_sharing(std::string_view key) noexcept;
/// Keys that a role of tier draft may have; a port is refused with its own reason.
[[nodiscard]] bool allowed_for_draft(std::string_view key) noexcept;

}  // namespace rolecall::registry
