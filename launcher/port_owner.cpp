#include "launcher/port_owner.hpp"

#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>

#include <unistd.h>

namespace rolecall::launcher {
namespace {

// Columns of /proc/net/tcp: sl local_address rem_address st tx:rx tr:tm->when retrnsmt uid timeout
// inode …
constexpr std::size_t address_column = 1;
constexpr std::size_t state_column = 3;
constexpr std::size_t inode_column = 9;
constexpr std::string_view listening_state = "0A";

// Addresses as the kernel prints them (each 32-bit word in host order) on which a connection to
// 127.0.0.1 arrives.
constexpr std::array<std::string_view, 4> reaching_loopback{
    "0100007F", "00000000", "00000000000000000000000000000000", "0000000000000000FFFF00000100007F"};

std::vector<std::string_view> columns(std::string_view line) {
  std::vector<std::string_view> found;
  while (true) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) return found;
    line.remove_prefix(start);
    const auto end = std::min(line.find(' '), line.size());
    found.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string command_of(int pid) {
  return read_text("/proc/" + std::to_string(pid) + "/comm").value_or("");
}

std::vector<std::uint64_t> present_sockets(std::uint16_t port) {
  auto sockets = listening_sockets(read_text("/proc/net/tcp").value_or(""), port);
  std::ranges::copy(listening_sockets(read_text("/proc/net/tcp6").value_or(""), port),
                    std::back_inserter(sockets));
  return sockets;
}

std::vector<int> every_process() {
  std::vector<int> pids;
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc", failed);
  for (; !failed && entries != std::filesystem::directory_iterator{}; entries.increment(failed))
    if (const auto pid = number<int>(entries->path().filename().native(), 10)) pids.push_back(*pid);
  return pids;
}

}  // namespace

std::string describe(const port_owner& owner, std::uint16_t port) {
  auto text = "port " + std::to_string(port) + " is taken by ";
  if (owner.pid == 0) return text + "a process of another user";
  text += "pid " + std::to_string(owner.pid);
  return owner.command.empty() ? text : text + " (" + owner.command + ")";
}

std::vector<std::uint64_t> listening_sockets(std::string_view net_tcp, std::uint16_t port) {
  std::vector<std::uint64_t> inodes;
  while (!net_tcp.empty()) {
    const auto end = std::min(net_tcp.find('\n'), net_tcp.size());
    const auto fields = columns(net_tcp.substr(0, end));
    net_tcp.remove_prefix(std::min(end + 1, net_tcp.size()));
    if (fields.size() <= inode_column || fields[state_column] != listening_state) continue;
    const auto colon = fields[address_column].find(':');
    if (colon == std::string_view::npos) continue;
    const auto address = fields[address_column].substr(0, colon);
    if (number<std::uint16_t>(fields[address_column].substr(colon + 1), 16) != port ||
        std::ranges::find(reaching_loopback, address) == reaching_loopback.end())
      continue;
    if (const auto inode = number<std::uint64_t>(fields[inode_column], 10))
      inodes.push_back(*inode);
  }
  return inodes;
}

bool holds_socket(int pid, const std::vector<std::uint64_t>& inodes) {
  std::vector<std::string> wanted;
  for (const auto inode : inodes) wanted.push_back("socket:[" + std::to_string(inode) + "]");
  std::error_code ec;
  std::filesystem::directory_iterator links("/proc/" + std::to_string(pid) + "/fd", ec);
  for (; !ec && links != std::filesystem::directory_iterator{}; links.increment(ec)) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(links->path(), gone);
    if (!gone && std::ranges::find(wanted, target.native()) != wanted.end()) return true;
  }
  return false;
}

port_owner find_port_owner(std::uint16_t port, int group) {
  const auto sockets = present_sockets(port);
  if (sockets.empty()) return {};
  const auto ours = [](int pid) {
    return port_owner{.who = port_owner::kind::ours, .pid = pid, .command = command_of(pid)};
  };
  if (group != 0 && holds_socket(group, sockets)) return ours(group);
  for (const int pid : every_process()) {
    if (!holds_socket(pid, sockets)) continue;
    if (group != 0 && ::getpgid(pid) == group) return ours(pid);
    return {.who = port_owner::kind::stranger, .pid = pid, .command = command_of(pid)};
  }
  // Nobody that we may look at holds it: another user's, or closed while we looked.
  if (present_sockets(port) != sockets) return {};
  return {.who = port_owner::kind::stranger, .pid = 0, .command = {}};
}

}  // namespace rolecall::launcher
