#include "launcher/log_room.hpp"

#include <algorithm>

#include <sys/statvfs.h>
#include <unistd.h>

namespace rolecall::launcher {

namespace {

constexpr registry::byte_count usual_room = 64ULL << 20;
constexpr registry::byte_count small_disks_share = 20;
constexpr registry::byte_count worth_emptying = 64ULL << 10;

}  // namespace

registry::byte_count least_log_room(registry::byte_count total) noexcept {
  return std::min(usual_room, total / small_disks_share);
}

log_room keep_log_room(const std::filesystem::path& log_dir,
                       const std::vector<std::filesystem::path>& logs) {
  struct statvfs disk {};
  // One that could not be made is judged by what it was to be made in.
  if (::statvfs(log_dir.c_str(), &disk) != 0 &&
      ::statvfs(log_dir.parent_path().c_str(), &disk) != 0)
    return {};
  log_room room{
      .free = static_cast<registry::byte_count>(disk.f_bavail) * disk.f_frsize,
      .least = least_log_room(static_cast<registry::byte_count>(disk.f_blocks) * disk.f_frsize),
      .takes_files = (disk.f_flag & ST_RDONLY) == 0 && (disk.f_files == 0 || disk.f_favail > 0)};
  if (!room.is_short()) return room;
  for (const auto& log : logs) {
    auto previous = log;
    previous += ".1";
    std::error_code failed;
    if (std::filesystem::remove(previous, failed)) ++room.emptied;
    const auto size = std::filesystem::file_size(log, failed);
    if (!failed && size > worth_emptying && ::truncate(log.c_str(), 0) == 0) ++room.emptied;
  }
  return room;
}

}  // namespace rolecall::launcher
