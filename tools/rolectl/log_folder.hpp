#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::rolectl {

/// Whose routine a line of llama-server's log is, such as "slot" or "print_info"; empty for a line
/// that is worth a look. Pure. Read is what llama-server 0.7.0 writes, `time level subject …`:
/// warnings and errors are never routine, nor is a line of another form, nor what tells of the
/// beginning and the end of a process.
[[nodiscard]] std::string_view routine_of(std::string_view line) noexcept;

/// Puts runs of routine lines into one line each: "… 12 lines of slot". Other lines pass, as does a
/// routine line that stands alone. Several processes' lines, each with its process's name before
/// it, are folded apart. Pure.
class log_folder {
 public:
  /// `names`: what may stand before a line, followed by ": "; empty with one process.
  explicit log_folder(std::vector<std::string> names) : names_(std::move(names)) {}

  /// What the lines that `piece` completes come to. A run stays open at its end.
  [[nodiscard]] std::string take(std::string_view piece);
  /// Ends the open runs.
  [[nodiscard]] std::string end_runs();
  /// Ends the open runs and the unfinished line.
  [[nodiscard]] std::string end();

 private:
  void take_line(std::string_view line, std::string& result);
  [[nodiscard]] std::string_view name_before(std::string_view line) const noexcept;

  struct run {
    std::string prefix;  ///< "embedder-1: "
    std::string first;   ///< line, the prefix included
    std::vector<std::string> subjects;
    int lines = 0;
  };

  std::vector<std::string> names_;
  std::vector<run> runs_;  ///< in the order of their first lines, one a process at most
  std::string unfinished_;
};

}  // namespace rolecall::rolectl
