#pragma once

#include "registry/registry.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// The forms in which /proc and cgroups tell numbers.

namespace rolecall::launcher {

/// A small file of the kernel's; empty when it is not there or may not be read. Trailing white
/// space is left out.
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& file);

/// The value behind a line's "Key:", white space skipped; empty when no line has the key as a word.
[[nodiscard]] std::string_view field(std::string_view text, std::string_view key) noexcept;

/// "MemTotal:   1132 kB" in bytes.
[[nodiscard]] std::optional<registry::byte_count> kibibytes(std::string_view text,
                                                            std::string_view key) noexcept;

/// A number alone, or in front of anything else; empty for "max".
[[nodiscard]] std::optional<registry::byte_count> leading_number(std::string_view text) noexcept;

}  // namespace rolecall::launcher
