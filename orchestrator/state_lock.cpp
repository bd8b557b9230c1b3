#include "orchestrator/state_lock.hpp"

#include "launcher/proc_fields.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall {

boost::system::result<state_lock, std::string> state_lock::take(
    const std::filesystem::path& state_dir) {
  const auto name = state_dir / "rolecalld.lock";
  const auto failure = [&](const std::string& reason) {
    return "cannot lock host.state_dir " + state_dir.string() + ": " + reason;
  };
  launcher::descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return {boost::system::in_place_error, failure(std::strerror(errno))};
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return {boost::system::in_place_error, failure(std::strerror(errno))};
    const auto holder = launcher::read_text(name).value_or("");
    return {boost::system::in_place_error,
            failure("rolecalld with pid " + (holder.empty() ? "(not written yet)" : holder) +
                    " uses it; stop that one, or give this one a state_dir of its own")};
  }
  const auto pid = std::to_string(::getpid()) + '\n';
  // For people alone: on a full disk the lock holds without it.
  if (::ftruncate(file.number(), 0) == 0) [[maybe_unused]]
    const auto written = ::write(file.number(), pid.data(), pid.size());
  return state_lock(std::move(file));
}

}  // namespace rolecall
