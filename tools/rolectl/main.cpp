#include "tools/rolectl/command_line.hpp"

#include <csignal>
#include <iostream>

namespace rolecall::rolectl {
namespace {

exit_code run(int argc, char** argv) {
  // Writing to a pipe that nobody reads ends a command quietly instead of killing it.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return command_line{}.run(argc, argv);
  } catch (const unreachable& failure) {
    std::cerr << "rolectl: " << failure.what() << '\n';
    return exit_code::unreachable;
  } catch (const std::exception& failure) {
    std::cerr << "rolectl: " << failure.what() << '\n';
    return exit_code::refused;
  }
}

}  // namespace
}  // namespace rolecall::rolectl

int main(int argc, char** argv) { return static_cast<int>(rolecall::rolectl::run(argc, argv)); }
