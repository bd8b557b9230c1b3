#include "tests/integration/supervision/process_group.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rolecall::test {

std::vector<pid_t> living_in_group(pid_t group) {
  std::vector<pid_t> living;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (!std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    std::string line;
    std::getline(std::ifstream(entry.path() / "stat"), line);
    const auto command_end = line.rfind(')');
    if (command_end == std::string::npos) continue;  // it ended while we looked
    std::istringstream fields(line.substr(command_end + 1));
    char state = 0;
    pid_t parent = 0;
    pid_t its_group = 0;
    fields >> state >> parent >> its_group;
    if (its_group == group && state != 'Z' && state != 'X') living.push_back(std::stoi(name));
  }
  return living;
}

}  // namespace rolecall::test
