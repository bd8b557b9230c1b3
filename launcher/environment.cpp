#include "launcher/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <unistd.h>

namespace rolecall::launcher {
namespace {

constexpr std::array<std::string_view, 4> private_prefixes{"LLAMA_", "ROLECALL_", "LISTEN_",
                                                           "WATCHDOG_"};
// MTMD_BACKEND_DEVICE is llama-server's variable behind --mmproj-device; HF_TOKEN lets it download
// models.
constexpr std::array<std::string_view, 4> private_names{"NOTIFY_SOCKET", "JOURNAL_STREAM",
                                                        "MTMD_BACKEND_DEVICE", "HF_TOKEN"};

bool is_private(std::string_view name) {
  return std::ranges::any_of(private_prefixes, [&](auto p) { return name.starts_with(p); }) ||
         std::ranges::find(private_names, name) != private_names.end();
}

}  // namespace

std::vector<std::string> child_environment(const std::vector<std::string>& own,
                                           const std::map<std::string, std::string>& added) {
  std::vector<std::string> variables;
  for (const auto& variable : own) {
    const auto name = variable.substr(0, variable.find('='));
    if (!is_private(name) && !added.contains(name)) variables.push_back(variable);
  }
  for (const auto& [name, value] : added) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  return variables;
}

}  // namespace rolecall::launcher
