#pragma once

#include <vector>

#include <sys/types.h>

namespace rolecall::test {

/// Processes of a group that still run; zombies do not count.
[[nodiscard]] std::vector<pid_t> living_in_group(pid_t group);

}  // namespace rolecall::test
