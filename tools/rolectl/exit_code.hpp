#pragma once

namespace rolecall::rolectl {

/// What rolectl ends with; scripts lean on these numbers.
enum class exit_code : int {
  done = 0,
  refused = 1,  ///< refused or failed; the reason is on stderr
  usage = 2,
  unreachable = 3,    ///< no daemon answered
  interrupted = 130,  ///< by Ctrl-C, while waiting for what goes on: 128 + SIGINT
};

}  // namespace rolecall::rolectl
