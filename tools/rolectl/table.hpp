#pragma once

#include "tools/rolectl/screen.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

enum class side { left, right };

struct column {
  std::string title;
  side align = side::left;
  /// On a screen that is too narrow the columns with 1 go first, then those with 2 …; 0 stays.
  int sacrifice = 0;
};

struct cell {
  std::string text;
  look how = look::plain;
};

/// Columns between two blanks, as wide as their widest cell. Pure.
class table {
 public:
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add(std::vector<cell> row);

  /// Title line and rows. Columns that are empty in every row are left out. A line that is wider
  /// than the screen is cut, so that each row stays on its line.
  [[nodiscard]] std::string text(const screen& on) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

/// Columns that a UTF-8 text takes: its code points.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
/// The first `width` columns of it.
[[nodiscard]] std::string_view first_columns(std::string_view text, std::size_t width) noexcept;

}  // namespace rolecall::rolectl
