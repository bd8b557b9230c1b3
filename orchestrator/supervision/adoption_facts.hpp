#pragma once

#include "orchestrator/supervision/adoption.hpp"

#include <chrono>
#include <vector>

namespace rolecall::supervision {

/// A record and what was found of it.
struct recorded_process {
  instance_record record;
  process_facts facts;
};

/// How long a process may keep its examiner waiting, for its arguments and for its answers. A ready
/// llama-server answers within milliseconds, however busy it is.
inline constexpr std::chrono::milliseconds examination_time{1000};

/// Looks at all of them at once, and signals nobody. Completes records of processes that were about
/// to be started when the daemon died. Blocking, before anybody is served: each of arguments of
/// such processes, arguments of all, and answers may take examination_time. Throws system_error
/// when the host does not tell whether a process is there.
[[nodiscard]] std::vector<recorded_process> examine(std::vector<instance_record> records);

}  // namespace rolecall::supervision
