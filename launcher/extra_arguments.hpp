#pragma once

#include "launcher/argument_list.hpp"
#include "registry/registry.hpp"

#include <optional>
#include <string>

namespace rolecall::launcher {

/// Passes the role's extra_args through, after everything else. Refused are flags that the binary
/// does not know, that the launcher sets itself (the error names the registry's key), that would
/// make the process something else than the role's server, and those of speculation where the role
/// does not speculate or must not (`barrier`).
void add_extra_arguments(argument_list& arguments, const registry::role& role,
                         const std::optional<std::string>& barrier);

}  // namespace rolecall::launcher
