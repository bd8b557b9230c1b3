#include "orchestrator/supervision/spawn_failure.hpp"

#include <cerrno>

namespace rolecall::supervision {
namespace {

/// Empty for an error that will not pass by itself.
std::string remedy_of(int error) {
  switch (error) {
    case EAGAIN:
      return "no more processes are allowed; see ulimit -u, the unit's TasksMax and pids.max";
    case EMFILE:
      return "rolecalld has no descriptor left; raise ulimit -n or the unit's LimitNOFILE";
    case ENFILE:
      return "the host has no descriptor left; raise fs.file-max";
    case ENOMEM:
      return "the host has no memory for another process";
    default:
      return {};
  }
}

spawn_failed with_remedy(const std::string& reason, int error) {
  const auto remedy = remedy_of(error);
  return {remedy.empty() ? reason : reason + " (" + remedy + ")", !remedy.empty()};
}

}  // namespace

spawn_failed explain_spawn_failure(const std::string& program,
                                   const boost::system::error_code& error) {
  return with_remedy("cannot start " + program + ": " + error.message(), error.value());
}

spawn_failed explain_cgroup_failure(const launcher::cgroup_problem& problem) {
  return with_remedy(problem.text, problem.error);
}

}  // namespace rolecall::supervision
