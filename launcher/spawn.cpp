#include "launcher/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

boost::system::error_code from_errno(int error) {
  return {error, boost::system::system_category()};
}

/// What the child does between fork and exec, freed on every way out.
class child_setup {
 public:
  child_setup() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~child_setup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  child_setup(const child_setup&) = delete;
  child_setup& operator=(const child_setup&) = delete;

  /// 0 or an errno value.
  int prepare(int output) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    // A session of its own, and with it a process group: when a daemon ends, the kernel hangs up
    // on groups of its session with a stopped member.
    constexpr auto flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    for (const int failed : {
             posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)),
             posix_spawnattr_setsigmask(&attributes_, &none),
             posix_spawnattr_setsigdefault(&attributes_, &all),
             posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
             posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO),
             posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO),
             posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1),
         })
      if (failed != 0) return failed;
    return 0;
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

boost::system::result<pid_t> spawn_child(const std::vector<std::string>& argv,
                                         const std::vector<std::string>& environment, int output) {
  auto words = argv;
  auto variables = environment;
  child_setup setup;
  if (const int failed = setup.prepare(output); failed != 0) return from_errno(failed);
  // glibc waits for the exec, so that its failure is ours to see, and reaps the child of a failed
  // one.
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, argv.front().c_str(), setup.actions(), setup.attributes(),
                                 pointers_to(words).data(), pointers_to(variables).data());
  if (failed != 0) return from_errno(failed);
  return pid;
}

}  // namespace rolecall::launcher
