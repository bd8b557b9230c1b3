#include "orchestrator/host_preparation.hpp"

#include "launcher/cgroup.hpp"
#include "orchestrator/log/log_line.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <sys/resource.h>

namespace rolecall {
namespace {

void create_directory(const std::filesystem::path& directory, const char* key) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure)
    throw std::system_error(failure,
                            "cannot create host." + std::string{key} + " " + directory.string());
}

}  // namespace

void create_directories(const registry::host_settings& settings) {
  create_directory(settings.state_dir, "state_dir");
  try {
    create_directory(settings.log_dir, "log_dir");
  } catch (const std::system_error& failure) {
    const int error = failure.code().value();
    if (error != ENOSPC && error != EDQUOT && error != EROFS) throw;
    log_line(priority::warning, "no_log_dir").with("reason", failure.what());
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::filesystem::path usable_cgroup(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  const auto problem = launcher::open_cgroup(folder);
  if (problem.empty()) return folder;
  log_line(priority::warning, "no_cgroup").with("reason", problem);
  return {};
}

}  // namespace rolecall
