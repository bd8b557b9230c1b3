#pragma once

namespace rolecall::rolectl {

/// What rolectl ends with; scripts lean on these numbers.
enum class exit_code : int {
  done = 0,
  refused = 1,  ///< refused or failed; the reason is on stderr
  usage = 2,
  unreachable = 3,  ///< no daemon answered
};

}  // namespace rolecall::rolectl
