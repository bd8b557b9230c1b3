#pragma once

#include "tools/command_pages/command_description.hpp"

namespace rolecall::command_pages {

// Scripts that complete a program's command line. Values that only a running fleet knows are asked
// of the program itself (`PROGRAM roles`, see value_kind), within one second and in silence; what
// it says is never evaluated. Options with a value that stand before are passed on to it, so that
// `PROGRAM --admin ADDRESS load <TAB>` asks at that address.

/// For bash 4.4 or later, without the package bash-completion: `source <(PROGRAM completion bash)`.
[[nodiscard]] std::string bash_completion(const command_description& program);

/// For zsh 5: a file `_PROGRAM` in $fpath, or `source <(PROGRAM completion zsh)`.
[[nodiscard]] std::string zsh_completion(const command_description& program);

}  // namespace rolecall::command_pages
