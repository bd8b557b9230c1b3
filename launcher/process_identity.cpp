#include "launcher/process_identity.hpp"

#include "launcher/descriptor.hpp"
#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

// proc(5), counted from 1 with the command's name as field 2.
constexpr std::size_t first_after_name = 3;
constexpr std::size_t group_field = 5;
constexpr std::size_t start_time_field = 22;

std::string proc_file(int pid, const char* name) {
  return "/proc/" + std::to_string(pid) + '/' + name;
}

std::optional<int> pid_of(const std::filesystem::path& entry) {
  const auto name = entry.filename().native();
  int pid = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (failed != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return pid;
}

bool is_mine(const std::filesystem::path& entry) {
  struct stat found {};
  return ::stat(entry.c_str(), &found) == 0 && found.st_uid == ::geteuid();
}

}  // namespace

std::optional<process_birth> parse_birth(std::string_view stat) {
  // The name may hold anything, blanks and parentheses included; the last parenthesis ends it.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);

  process_birth birth;
  for (std::size_t i = first_after_name; i <= start_time_field; ++i) {
    const auto start = stat.find_first_not_of(" \n");
    if (start == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(start);
    const auto word = stat.substr(0, stat.find_first_of(" \n"));
    stat.remove_prefix(word.size());
    const auto read = [word](auto& number) {
      const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
      return failed == std::errc{} && end == word.data() + word.size();
    };
    if (i == first_after_name && (word == "Z" || word == "X")) return std::nullopt;
    if (i == group_field && !read(birth.group)) return std::nullopt;
    if (i == start_time_field && !read(birth.start_time)) return std::nullopt;
  }
  return birth;
}

boost::system::result<process_birth> find_birth(int pid) {
  std::array<char, 2048> text{};  // more than what is in front of the start time
  const descriptor file(::open(proc_file(pid, "stat").c_str(), O_RDONLY | O_CLOEXEC));
  const auto size = file.is_open() ? ::read(file.number(), text.data(), text.size()) : -1;
  if (size < 0 && errno != ENOENT && errno != ESRCH)
    return boost::system::error_code{errno, boost::system::system_category()};
  const auto birth =
      size < 0 ? std::nullopt : parse_birth({text.data(), static_cast<std::size_t>(size)});
  if (!birth) return make_error_code(boost::system::errc::no_such_process);
  return *birth;
}

std::optional<process_birth> read_birth(int pid) {
  const auto birth = find_birth(pid);
  return birth ? std::optional(*birth) : std::nullopt;
}

std::string read_boot_id() { return read_text("/proc/sys/kernel/random/boot_id").value_or(""); }

std::uint64_t ticks_since_boot() {
  constexpr std::uint64_t nanoseconds = 1'000'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(now.tv_sec) * ticks +
         static_cast<std::uint64_t>(now.tv_nsec) * ticks / nanoseconds;
}

std::chrono::milliseconds age_of(const process_identity& process) {
  constexpr std::uint64_t milliseconds = 1000;
  const auto now = ticks_since_boot();
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds((now - std::min(now, process.start_time)) * milliseconds /
                                   ticks_per_second);
}

std::vector<std::string> parse_arguments(std::string_view cmdline) {
  std::vector<std::string> words;
  while (!cmdline.empty()) {
    const auto end = std::min(cmdline.find('\0'), cmdline.size());
    words.emplace_back(cmdline.substr(0, end));
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
  }
  return words;
}

std::vector<std::string> read_arguments(int pid) {
  std::ifstream file(proc_file(pid, "cmdline"), std::ios::binary);
  std::string text;
  std::array<char, 4096> piece{};
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  return parse_arguments(text);
}

bool are_arguments_of(const std::vector<std::string>& launched,
                      const std::vector<std::string>& present) {
  const auto common = std::min(launched.size(), present.size());
  if (common < 2) return false;
  const auto words = static_cast<std::ptrdiff_t>(common - 1);  // the program's names may differ
  return std::equal(launched.end() - words, launched.end(), present.end() - words) &&
         std::find(launched.end() - words, launched.end(), "--port") != launched.end();
}

std::vector<process_identity> group_leaders_since(std::uint64_t start_time) {
  const auto boot_id = read_boot_id();
  std::vector<process_identity> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = pid_of(entry.path());
    if (!pid || !is_mine(entry.path())) continue;
    const auto birth = find_birth(*pid);
    if (birth.has_error() && birth.error() != boost::system::errc::no_such_process)
      throw boost::system::system_error(birth.error(),
                                        "cannot look at pid " + std::to_string(*pid));
    if (birth && birth->group == *pid && birth->start_time >= start_time)
      found.push_back({boot_id, *pid, birth->start_time});
  }
  return found;
}

}  // namespace rolecall::launcher
