#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::test {

/// What a program that wrote to a terminal left on its screen: replays the part of ECMA-48 and of
/// xterm's sequences that the project's programs use, and notes what it does not know. Sizes and
/// places count from 0.
class vt_screen {
 public:
  struct style {
    int colour = 0;  ///< 30 to 37; 0: the terminal's own
    bool bold = false;
    bool dim = false;
    bool reverse = false;
    bool operator==(const style&) const = default;
  };
  struct cell {
    std::string text = " ";  ///< a character in UTF-8 and what combines with it; empty: the second
                             ///< half of a wide one
    style how;
    bool operator==(const cell&) const = default;
  };

  vt_screen(std::size_t columns, std::size_t rows);

  void feed(std::string_view bytes);
  /// As xterm does: what is cut off is lost, what is added is empty.
  void resize(std::size_t columns, std::size_t rows);

  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t rows() const noexcept { return shown_.size(); }
  [[nodiscard]] const cell& at(std::size_t row, std::size_t column) const {
    return shown_.at(row).at(column);
  }
  /// A row without the blanks at its end.
  [[nodiscard]] std::string row(std::size_t number) const;
  /// All rows, each with its end, without the empty ones at the bottom.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool shows(std::string_view part) const {
    return text().find(part) != std::string::npos;
  }

  /// How often a character did not fit on its line and went to the next one.
  [[nodiscard]] int wraps() const noexcept { return wraps_; }
  /// Lines that left the screen at its top.
  [[nodiscard]] int scrolled() const noexcept { return scrolled_; }
  /// Whether any colour, brightness or reversal was ever asked for.
  [[nodiscard]] bool was_painted() const noexcept { return painted_; }
  [[nodiscard]] bool is_alternate() const noexcept { return alternate_; }
  [[nodiscard]] bool shows_cursor() const noexcept { return cursor_shown_; }
  /// Sequences that this class does not know; empty when all is well.
  [[nodiscard]] const std::vector<std::string>& unknown() const noexcept { return unknown_; }

 private:
  using line = std::vector<cell>;

  std::size_t take_character(std::string_view bytes);
  std::size_t take_sequence(std::string_view bytes);
  void put(std::string_view character, int width);
  void control(char byte);
  void line_feed();
  void csi(std::string_view parameters, char final);
  void private_mode(std::string_view parameters, bool on);
  void paint(std::string_view parameters);
  void erase_in_line(int what);
  void erase_below(int what);
  void move_to(int row, int column);
  [[nodiscard]] line empty_line() const { return line(columns_); }

  std::size_t columns_;
  std::vector<line> shown_;
  std::vector<line> main_;  // while the other screen is shown
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool full_ = false;  // the last column was written to: the next character wraps
  std::size_t saved_row_ = 0;
  std::size_t saved_column_ = 0;
  style now_;
  int wraps_ = 0;
  int scrolled_ = 0;
  bool painted_ = false;
  bool alternate_ = false;
  bool cursor_shown_ = true;
  std::string pending_;  // the beginning of a character or a sequence
  std::vector<std::string> unknown_;
};

}  // namespace rolecall::test
