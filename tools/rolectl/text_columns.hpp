#pragma once

#include <cstddef>
#include <string_view>

namespace rolecall::rolectl {

// How much room a UTF-8 text takes on a terminal, as the C library's wcwidth() says, whatever the
// locale: a wide character (CJK, most emoji) takes two columns, a combining one none. A byte that
// is not UTF-8 takes one: terminals show a replacement for it. Control characters take none; who
// shows text from elsewhere takes them out first.

[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// The longest beginning of it that takes at most `width` columns. Combining characters stay with
/// the one before them.
[[nodiscard]] std::string_view first_columns(std::string_view text, std::size_t width) noexcept;

}  // namespace rolecall::rolectl
