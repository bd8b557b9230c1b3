#pragma once

#include "launcher/cgroup.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"

#include <string>

#include <boost/system/error_code.hpp>

namespace rolecall::supervision {

/// Why a program could not be started, with what to do about a host that has run out of something.
[[nodiscard]] spawn_failed explain_spawn_failure(const std::string& program,
                                                 const boost::system::error_code& error);
/// The same for the control group that it was to start in.
[[nodiscard]] spawn_failed explain_cgroup_failure(const launcher::cgroup_problem& problem);

}  // namespace rolecall::supervision
