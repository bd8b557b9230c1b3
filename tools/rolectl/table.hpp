#pragma once

#include "tools/rolectl/screen.hpp"
#include "tools/rolectl/text_columns.hpp"

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

  /// As many cells as there are columns. A chosen row looks so in its whole length.
  void add(std::vector<cell> cells, bool chosen = false);

  /// Title line and rows. Columns that are empty in every row are left out. A line that is wider
  /// than the screen is cut, so that each row stays on its line.
  [[nodiscard]] std::vector<std::string> lines(const screen& on) const;
  /// The lines, each with its end.
  [[nodiscard]] std::string text(const screen& on) const;

 private:
  struct content {
    std::vector<cell> cells;
    bool chosen = false;
  };
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<column> columns_;
  std::vector<content> rows_;
};

}  // namespace rolecall::rolectl
