#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace rolecall::admin {

/// Reads a log file from near its end on, also across truncation and replacement by a new file.
/// Blocking: used on a pool. What one call reads is bounded.
class log_tail {
 public:
  static constexpr std::size_t most_bytes = 1U << 20;  ///< per call

  explicit log_tail(std::filesystem::path file) : file_(std::move(file)) {}

  /// The last `lines` lines, complete or not, ending with a newline unless the file does not; empty
  /// without a file.
  [[nodiscard]] std::string last(std::size_t lines);
  /// What was written since the last call.
  [[nodiscard]] std::string more();

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  /// Counts the files that have been behind the path, so that a watch can be set anew.
  [[nodiscard]] int replacements() const noexcept { return replacements_; }

 private:
  std::filesystem::path file_;
  off_t offset_ = 0;
  ino_t inode_ = 0;
  int replacements_ = 0;
};

/// Puts `name: ` before each line; keeps an unfinished last line until its end comes.
class line_prefixer {
 public:
  explicit line_prefixer(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] std::string prefixed(std::string_view text);
  /// The unfinished line, as a line.
  [[nodiscard]] std::string rest();

 private:
  std::string name_;
  std::string unfinished_;
};

}  // namespace rolecall::admin
