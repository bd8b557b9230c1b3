#include "launcher/oom_kill.hpp"

#include "launcher/descriptor.hpp"
#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

constexpr std::string_view unified = "0::";
constexpr std::size_t longest_record = 8192;  // the kernel refuses shorter reads

/// What /dev/kmsg holds of the kill, which may be nothing; empty when it may not be read. A read
/// gives one record; reading never waits.
std::optional<std::string> find_in_kernel_log(const std::filesystem::path& log, int pid,
                                              std::chrono::microseconds since) {
  const descriptor file(::open(log.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::array<char, longest_record> record{};
  for (;;) {
    const auto got = ::read(file.number(), record.data(), record.size());
    // EPIPE: the record was overwritten meanwhile, the next one follows.
    if (got < 0 && (errno == EINTR || errno == EPIPE)) continue;
    if (got < 0 && errno != EAGAIN) return std::nullopt;
    if (got <= 0) return std::string{};
    if (auto text = parse_kill_record({record.data(), static_cast<std::size_t>(got)}, pid, since))
      return "the kernel's log says: " + *text;
  }
}

}  // namespace

std::optional<std::string> parse_cgroup_path(std::string_view cgroup) noexcept {
  while (!cgroup.empty()) {
    const auto line = cgroup.substr(0, cgroup.find('\n'));
    if (line.starts_with(unified)) return std::string{line.substr(unified.size())};
    cgroup.remove_prefix(std::min(line.size() + 1, cgroup.size()));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_oom_kills(std::string_view memory_events) noexcept {
  return leading_number(field(memory_events, "oom_kill "));
}

std::optional<std::string> parse_kill_record(std::string_view record, int pid,
                                             std::chrono::microseconds since) {
  // "priority,sequence,microseconds,flags;text"
  const auto text_at = record.find(';');
  if (text_at == std::string_view::npos) return std::nullopt;
  auto head = record.substr(0, text_at);
  for (int skipped = 0; skipped < 2; ++skipped) {
    const auto comma = head.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    head.remove_prefix(comma + 1);
  }
  std::int64_t time = 0;
  if (std::from_chars(head.data(), head.data() + head.size(), time).ec != std::errc{} ||
      time < since.count())
    return std::nullopt;
  const auto text = record.substr(text_at + 1, record.find('\n') - text_at - 1);
  if (text.find("Killed process " + std::to_string(pid) + " (") == std::string_view::npos)
    return std::nullopt;
  return std::string{text};
}

void oom_watch::begin(int pid, const std::filesystem::path& own_group) {
  pid_ = pid;
  // The kernel's log and CLOCK_MONOTONIC are read from different clocks, which drift by little.
  constexpr std::chrono::seconds drift{1};
  begun_ = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch() - drift);
  const auto cgroup = read_text(root_ / "proc" / std::to_string(pid) / "cgroup");
  cgroup_ = cgroup ? parse_cgroup_path(*cgroup) : std::nullopt;
  is_shared_ = own_group.empty() || !cgroup_ || group_folder() != own_group;
  kills_before_ = kills_last_seen_ = kills();
}

void oom_watch::look() {
  if (is_shared_) kills_before_ = std::exchange(kills_last_seen_, kills());
}

std::filesystem::path oom_watch::group_folder() const {
  return root_ / "sys/fs/cgroup" / std::filesystem::path(*cgroup_).relative_path();
}

std::optional<std::uint64_t> oom_watch::kills() const {
  if (!cgroup_) return std::nullopt;
  const auto events = read_text(group_folder() / "memory.events");
  return events ? parse_oom_kills(*events) : std::nullopt;
}

std::string oom_watch::evidence() const {
  if (pid_ == 0) return {};
  const auto told = find_in_kernel_log(root_ / "dev/kmsg", pid_, begun_);
  if (told && (is_shared_ || !told->empty())) return *told;
  const auto after = kills();
  if (!kills_before_ || !after || *after <= *kills_before_) return {};
  return "the kernel killed in the cgroup " + *cgroup_ + " for its memory";
}

}  // namespace rolecall::launcher
