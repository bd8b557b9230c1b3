#include "tests/support/vt_screen.hpp"

#include <algorithm>
#include <charconv>

#include <locale.h>
#include <wchar.h>

namespace rolecall::test {
namespace {

constexpr char escape = '\033';

/// -1: not a character that takes room.
int width_of(std::string_view character) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const auto before = ::uselocale(utf8);
  wchar_t wide = 0;
  ::mbstate_t state{};
  const auto bytes = ::mbrtowc(&wide, character.data(), character.size(), &state);
  const int width = bytes == character.size() ? ::wcwidth(wide) : 1;
  ::uselocale(before);
  return width;
}

/// Bytes of the UTF-8 character that begins so.
std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

/// The numbers between semicolons; `otherwise` for one that is left out.
std::vector<int> numbers(std::string_view parameters, int otherwise) {
  std::vector<int> result;
  while (true) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    int number = otherwise;
    std::from_chars(parameters.data(), parameters.data() + end, number);
    result.push_back(number);
    if (end == parameters.size()) return result;
    parameters.remove_prefix(end + 1);
  }
}

}  // namespace

vt_screen::vt_screen(std::size_t columns, std::size_t rows)
    : columns_(columns), shown_(rows, line(columns)), main_(shown_) {}

void vt_screen::resize(std::size_t columns, std::size_t rows) {
  columns_ = columns;
  for (auto* screen : {&shown_, &main_}) {
    for (auto& row : *screen) row.resize(columns);
    screen->resize(rows, empty_line());
  }
  move_to(static_cast<int>(row_), static_cast<int>(column_));
}

std::string vt_screen::row(std::size_t number) const {
  std::string text;
  for (const auto& place : shown_.at(number)) text += place.text;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string vt_screen::text() const {
  std::string result;
  for (std::size_t i = 0; i < shown_.size(); ++i) result += row(i) + "\n";
  result.erase(result.find_last_not_of('\n') + 1);
  return result.empty() ? result : result + "\n";
}

void vt_screen::feed(std::string_view bytes) {
  pending_ += bytes;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const auto taken = rest.front() == escape ? take_sequence(rest) : take_character(rest);
    if (taken == 0) break;
    rest.remove_prefix(taken);
  }
  pending_.erase(0, pending_.size() - rest.size());
}

std::size_t vt_screen::take_character(std::string_view bytes) {
  constexpr char first_printable = ' ';
  if (bytes.front() >= 0 && bytes.front() < first_printable) {
    control(bytes.front());
    return 1;
  }
  const auto length = length_of(bytes.front());
  if (bytes.size() < length) return 0;
  const auto character = bytes.substr(0, length);
  put(character, width_of(character));
  return length;
}

void vt_screen::put(std::string_view character, int width) {
  if (width <= 0) {
    // Combines with the one before it.
    const auto before = full_ ? column_ : column_ - std::min<std::size_t>(column_, 1);
    shown_[row_][before].text += character;
    return;
  }
  const auto room = static_cast<std::size_t>(width);
  if (full_ || column_ + room > columns_) {
    ++wraps_;
    line_feed();
    column_ = 0;
    full_ = false;
  }
  shown_[row_][column_] = {std::string{character}, now_};
  for (std::size_t i = 1; i < room; ++i) shown_[row_][column_ + i] = {"", now_};
  full_ = column_ + room == columns_;
  column_ = full_ ? columns_ - 1 : column_ + room;
}

void vt_screen::line_feed() {
  if (row_ + 1 < shown_.size()) {
    ++row_;
    return;
  }
  shown_.erase(shown_.begin());
  shown_.push_back(empty_line());
  if (!alternate_) ++scrolled_;
}

void vt_screen::control(char byte) {
  switch (byte) {
    case '\n':
      line_feed();
      full_ = false;
      return;
    case '\r':
      column_ = 0;
      full_ = false;
      return;
    case '\b':
      column_ -= std::min<std::size_t>(column_, 1);
      full_ = false;
      return;
    default:
      unknown_.push_back("control character " + std::to_string(byte));
  }
}

/// 0: not complete yet.
std::size_t vt_screen::take_sequence(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] != '[') {
    unknown_.emplace_back(bytes.substr(1, 1));
    return 2;
  }
  const auto end = std::find_if(bytes.begin() + 2, bytes.end(), [](char c) { return c >= '@'; });
  if (end == bytes.end()) return 0;
  const auto length = static_cast<std::size_t>(end - bytes.begin()) + 1;
  csi(bytes.substr(2, length - 3), *end);
  return length;
}

void vt_screen::csi(std::string_view parameters, char final) {
  const auto place = [&] { return numbers(parameters, 1); };
  switch (final) {
    case 'H': {
      const auto where = place();
      return move_to(where[0] - 1, where.size() > 1 ? where[1] - 1 : 0);
    }
    case 'A':
      return move_to(static_cast<int>(row_) - place()[0], static_cast<int>(column_));
    case 'K':
      return erase_in_line(numbers(parameters, 0)[0]);
    case 'J':
      return erase_below(numbers(parameters, 0)[0]);
    case 'm':
      return paint(parameters);
    case 'h':
    case 'l':
      if (parameters.starts_with('?')) return private_mode(parameters.substr(1), final == 'h');
      break;
    default:
      break;
  }
  unknown_.push_back("[" + std::string{parameters} + final);
}

void vt_screen::move_to(int row, int column) {
  row_ = static_cast<std::size_t>(std::clamp(row, 0, static_cast<int>(shown_.size()) - 1));
  column_ = static_cast<std::size_t>(std::clamp(column, 0, static_cast<int>(columns_) - 1));
  full_ = false;
}

/// From the cursor on, the place where it stands included: 0; the whole line: 2.
void vt_screen::erase_in_line(int what) {
  auto& erased = shown_[row_];
  const auto from = what == 2 ? 0 : column_;
  std::fill(erased.begin() + static_cast<std::ptrdiff_t>(from), erased.end(), cell{});
}

/// From the cursor on: 0; everything: 2.
void vt_screen::erase_below(int what) {
  erase_in_line(what);
  const auto first = what == 2 ? std::size_t{0} : row_ + 1;
  for (auto row = first; row < shown_.size(); ++row) shown_[row] = empty_line();
}

void vt_screen::private_mode(std::string_view parameters, bool on) {
  constexpr int cursor = 25;
  constexpr int other_screen = 1049;
  const int mode = numbers(parameters, 0)[0];
  if (mode == cursor) {
    cursor_shown_ = on;
  } else if (mode == other_screen) {
    if (on == alternate_) return;
    alternate_ = on;
    std::swap(shown_, main_);
    if (on) {
      std::ranges::fill(shown_, empty_line());
      saved_row_ = row_;
      saved_column_ = column_;
    } else {
      move_to(static_cast<int>(saved_row_), static_cast<int>(saved_column_));
    }
  } else {
    unknown_.push_back("[?" + std::string{parameters} + (on ? "h" : "l"));
  }
}

void vt_screen::paint(std::string_view parameters) {
  for (const int number : numbers(parameters, 0)) {
    if (number == 0) {
      now_ = {};
      continue;
    }
    painted_ = true;
    if (number == 1)
      now_.bold = true;
    else if (number == 2)
      now_.dim = true;
    else if (number == 7)
      now_.reverse = true;
    else if (number >= 30 && number <= 37)
      now_.colour = number;
    else
      unknown_.push_back("[" + std::to_string(number) + "m");
  }
}

}  // namespace rolecall::test
