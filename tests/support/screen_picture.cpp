#include "tests/support/screen_picture.hpp"

#include <array>

namespace rolecall::test {
namespace {

// A cell's size in the picture's units; the text's length is told, so that any font fits.
constexpr std::size_t cell_width = 8;
constexpr std::size_t cell_height = 17;
constexpr std::size_t margin = 12;

constexpr const char* ground = "#16181d";
constexpr const char* ink = "#d5d8de";

/// Of 30 to 37.
constexpr std::array<const char*, 8> inks{"#16181d", "#f2777a", "#7fc97f", "#e8b95b",
                                          "#6fa8dc", "#c58fd4", "#66c2c2", "#d5d8de"};

const char* ink_of(const vt_screen::style& how) {
  return how.colour == 0 ? ink : inks.at(static_cast<std::size_t>(how.colour) - 30);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

std::string number(std::size_t value) { return std::to_string(value); }

std::string place(std::size_t row, std::size_t column, std::size_t below) {
  return " x=\"" + number(margin + column * cell_width) + "\" y=\"" +
         number(margin + row * cell_height + below) + "\"";
}

/// Cells of one style from `begin` to before `end`, with blanks in between but not at the ends:
/// there, programs that show pictures disagree about how long a text is.
std::string words_of(const vt_screen& screen, std::size_t row, std::size_t begin, std::size_t end) {
  const auto& how = screen.at(row, begin).how;
  std::string text;
  for (auto column = begin; column < end; ++column) text += screen.at(row, column).text;
  constexpr std::size_t baseline = 13;
  auto svg = "<text" + place(row, begin, baseline) + " textLength=\"" +
             number((end - begin) * cell_width) + "\" fill=\"" +
             (how.reverse ? ground : ink_of(how)) + "\"";
  if (how.bold) svg += " font-weight=\"bold\"";
  if (how.dim) svg += " opacity=\"0.6\"";
  return svg + ">" + escaped(text) + "</text>\n";
}

/// Cells of one style, from `begin` to before `end`.
std::string run_of(const vt_screen& screen, std::size_t row, std::size_t begin, std::size_t end) {
  const auto& how = screen.at(row, begin).how;
  std::string svg;
  if (how.reverse)
    svg += "<rect" + place(row, begin, 0) + " width=\"" + number((end - begin) * cell_width) +
           "\" height=\"" + number(cell_height) + "\" fill=\"" + ink_of(how) + "\"/>\n";
  const auto is_blank = [&](std::size_t column) {
    return column >= end || screen.at(row, column).text == " ";
  };
  for (auto column = begin; column < end;) {
    auto last = column;
    // One blank is a part of the words around it.
    while (!is_blank(last) || (last > column && !is_blank(last + 1))) ++last;
    if (last > column) svg += words_of(screen, row, column, last);
    column = last + 1;
  }
  return svg;
}

}  // namespace

std::string svg_of(const vt_screen& screen) {
  const auto width = number(screen.columns() * cell_width + 2 * margin);
  const auto height = number(screen.rows() * cell_height + 2 * margin);
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height +
      "\" width=\"" + width + "\" height=\"" + height +
      "\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
      "font-size=\"13\" xml:space=\"preserve\">\n<rect width=\"100%\" height=\"100%\" "
      "rx=\"8\" fill=\"" +
      ground + "\"/>\n";
  for (std::size_t row = 0; row < screen.rows(); ++row)
    for (std::size_t begin = 0; begin < screen.columns();) {
      auto end = begin + 1;
      while (end < screen.columns() && screen.at(row, end).how == screen.at(row, begin).how) ++end;
      svg += run_of(screen, row, begin, end);
      begin = end;
    }
  return svg + "</svg>\n";
}

}  // namespace rolecall::test
