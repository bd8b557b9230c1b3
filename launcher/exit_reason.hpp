#pragma once

#include "launcher/exit_status.hpp"
#include "registry/registry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rolecall::launcher {

/// Why a process ended, in one bounded word.
enum class exit_kind {
  exit_code,           ///< it gave up, and its log does not say why in words known here
  signal,              ///< killed, nothing else is known
  unknown,             ///< an adopted process: its status is told to nobody
  out_of_memory,       ///< the kernel killed it for its memory
  could_not_allocate,  ///< it was refused memory and gave up
  assertion,           ///< the engine found itself in a state that cannot be
  bad_flag,            ///< its command line
  port_in_use,
  model_file,  ///< missing, cut, or not what it should be
};
/// "exit_code", "out_of_memory" …
[[nodiscard]] const char* to_string(exit_kind kind) noexcept;

/// What is known of the end of a process.
struct exit_facts {
  exit_status status;
  std::vector<std::string> last_lines{};  ///< of its log, oldest first
  int sent_signal = 0;                    ///< the last one that we sent; 0: none
  std::string oom_kill{};                 ///< evidence of a kill for memory; empty: there is none
  std::optional<registry::byte_count> memory_left{};  ///< to the host at that moment
  double stalled = 0;  ///< share of the last 10 s in which every task waited for memory (PSI)
};

struct exit_reason {
  exit_kind kind = exit_kind::exit_code;
  /// One line: "exit code 1", "model file: failed to open … (exit code 1)".
  std::string text{};

  bool operator==(const exit_reason&) const = default;
};

/// Lines of a log that explain_exit() wants: a backtrace or a usage text may stand behind the line
/// that counts.
inline constexpr std::size_t lines_of_an_exit = 200;

/// Pure. The log is believed where the process ended by its own will or by abort(); its words are
/// those of llama-server 0.7.0.
[[nodiscard]] exit_reason explain_exit(const exit_facts& facts);

}  // namespace rolecall::launcher
