#include "tools/rolectl/table.hpp"

#include <algorithm>
#include <limits>

namespace rolecall::rolectl {
namespace {

constexpr std::size_t gap = 2;

/// One line of cells, cut at the screen's edge.
class line_builder {
 public:
  explicit line_builder(const screen& on)
      : on_(on), left_(on.width > 0 ? static_cast<std::size_t>(on.width) : unlimited) {}

  void add(const cell& c, side align, std::size_t width, bool last) {
    const auto padding = width - display_width(c.text);
    if (align == side::right) blanks(padding);
    const auto visible = first_columns(c.text, left_);
    take(display_width(visible));
    text_ += painted(visible, c.how, on_);
    if (align == side::left && !last) blanks(padding);
    if (!last) blanks(gap);
  }

  std::string take_line() {
    text_.erase(text_.find_last_not_of(' ') + 1);
    return std::move(text_);
  }

 private:
  static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

  void take(std::size_t columns) {
    if (left_ != unlimited) left_ -= columns;
  }
  void blanks(std::size_t count) {
    count = std::min(count, left_);
    take(count);
    text_.append(count, ' ');
  }

  const screen& on_;
  std::size_t left_;
  std::string text_;
};

/// How much of the last column has to be seen: a readable beginning, less on a narrow screen.
std::size_t readable_on(const screen& on) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(on.width) / 4, 10, 24);
}

/// Columns that a line takes; of the last one a readable beginning is enough.
std::size_t line_width(const std::vector<std::size_t>& shown, const std::vector<std::size_t>& width,
                       std::size_t readable) {
  std::size_t sum = 0;
  for (const auto c : shown)
    sum += gap + (c == shown.back() ? std::min(width[c], readable) : width[c]);
  return shown.empty() ? 0 : sum - gap;
}

std::vector<std::size_t> shown_columns(const std::vector<column>& columns,
                                       const std::vector<std::size_t>& width, const screen& on) {
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (width[c] > 0) shown.push_back(c);
  constexpr int most_sacrifices = 9;
  for (int s = 1; s <= most_sacrifices; ++s) {
    if (on.width == 0 ||
        line_width(shown, width, readable_on(on)) <= static_cast<std::size_t>(on.width))
      break;
    std::erase_if(shown, [&](std::size_t c) { return columns[c].sacrifice == s; });
  }
  return shown;
}

}  // namespace

void table::add(std::vector<cell> cells, bool chosen) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), chosen});
}

/// Per column; 0 for one that is empty in every row.
std::vector<std::size_t> table::widths() const {
  std::vector<std::size_t> result(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_) result[c] = std::max(result[c], display_width(row.cells[c].text));
    if (result[c] > 0) result[c] = std::max(result[c], display_width(columns_[c].title));
  }
  return result;
}

std::vector<std::string> table::lines(const screen& on) const {
  const auto width = widths();
  const auto shown = shown_columns(columns_, width, on);
  const auto line_of = [&](const auto& cell_at, const screen& shades) {
    line_builder line{shades};
    for (const auto c : shown) line.add(cell_at(c), columns_[c].align, width[c], c == shown.back());
    return line.take_line();
  };
  std::vector<std::string> result;
  result.push_back(line_of([&](std::size_t c) { return cell{columns_[c].title, look::dim}; }, on));
  auto without_colour = on;
  without_colour.colour = false;
  for (const auto& row : rows_) {
    auto line =
        line_of([&](std::size_t c) { return row.cells[c]; }, row.chosen ? without_colour : on);
    if (row.chosen) {
      const auto taken = display_width(line);
      const auto whole = std::max(taken, static_cast<std::size_t>(on.width));
      if (on.colour) line.append(whole - taken, ' ');
      line = painted(line, look::chosen, on);
    }
    result.push_back(std::move(line));
  }
  return result;
}

std::string table::text(const screen& on) const {
  std::string result;
  for (const auto& line : lines(on)) result.append(line).append("\n");
  return result;
}

}  // namespace rolecall::rolectl
