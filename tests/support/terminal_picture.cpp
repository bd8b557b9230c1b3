// terminal-picture FILE.svg COLUMNSxROWS SECONDS KEYS PROGRAM [ARGUMENT …]
// Runs a program on a terminal of that size, presses KEYS once it has drawn something, watches it
// for so long and writes what the terminal then shows. The pictures in docs/images are made so.

#include "tests/support/screen_picture.hpp"
#include "tests/support/terminal.hpp"

#include <fstream>
#include <iostream>

namespace {

using namespace rolecall::test;

terminal_size parse_size(const std::string& text) {
  const auto cross = text.find('x');
  if (cross == std::string::npos) throw std::runtime_error("a size is told as 100x30");
  return {static_cast<unsigned short>(std::stoi(text.substr(0, cross))),
          static_cast<unsigned short>(std::stoi(text.substr(cross + 1)))};
}

int take_picture(const std::vector<std::string>& words) {
  constexpr std::size_t fixed = 4;
  terminal on{{words.begin() + fixed, words.end()}, parse_size(words[1])};
  on.wait_until([](const vt_screen& screen) { return !screen.text().empty(); });
  on.type(words[3]);
  on.watch_for(std::stod(words[2]));
  std::ofstream out{words[0]};
  out << svg_of(on.screen());
  std::cout << on.screen().text();
  return out.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  if (words.size() < 5) {
    std::cerr
        << "usage: terminal-picture FILE.svg COLUMNSxROWS SECONDS KEYS PROGRAM [ARGUMENT …]\n";
    return 2;
  }
  try {
    return take_picture(words);
  } catch (const std::exception& failure) {
    std::cerr << "terminal-picture: " << failure.what() << '\n';
    return 1;
  }
}
