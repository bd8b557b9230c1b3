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

}  // namespace

spawn_failed explain_spawn_failure(const std::string& program,
                                   const boost::system::error_code& error) {
  const auto remedy = remedy_of(error.value());
  return {"cannot start " + program + ": " + error.message() +
              (remedy.empty() ? "" : " (" + remedy + ")"),
          !remedy.empty()};
}

}  // namespace rolecall::supervision
