#include "orchestrator/state_lock.hpp"

#include "launcher/proc_fields.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall {

namespace {

/// 0 or errno.
int lock(const launcher::descriptor& file) {
  return ::flock(file.number(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

// The lock's file is for people alone, so a disk that has no room for it may be used all the same.
bool has_no_room(int error) { return error == ENOSPC || error == EDQUOT || error == EROFS; }

}  // namespace

boost::system::result<state_lock, std::string> state_lock::take(
    const std::filesystem::path& state_dir) {
  const auto name = state_dir / "rolecalld.lock";
  const auto failure = [&](const std::string& reason) {
    return boost::system::result<state_lock, std::string>{
        boost::system::in_place_error,
        "cannot lock host.state_dir " + state_dir.string() + ": " + reason};
  };
  launcher::descriptor folder(::open(state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return failure(std::strerror(errno));
  launcher::descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open() && !has_no_room(errno)) return failure(std::strerror(errno));
  int error = lock(folder);
  if (error == 0 && file.is_open()) error = lock(file);
  if (error == EWOULDBLOCK) {
    const auto holder = launcher::read_text(name).value_or("");
    return failure("rolecalld with pid " + (holder.empty() ? "(not written yet)" : holder) +
                   " uses it; stop that one, or give this one a state_dir of its own");
  }
  if (error != 0) return failure(std::strerror(error));
  const auto pid = std::to_string(::getpid()) + '\n';
  if (file.is_open() && ::ftruncate(file.number(), 0) == 0) [[maybe_unused]]
    const auto written = ::write(file.number(), pid.data(), pid.size());
  return state_lock(std::move(folder), std::move(file));
}

}  // namespace rolecall
