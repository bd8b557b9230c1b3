#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// What one llama-server binary understands, read from its own --help and --version.
struct capabilities {
  // Not the path first: a string must not convert to this type, or a result of either would be
  // ambiguous.
  std::set<std::string, std::less<>> flags;  ///< every spelling: "-m", "--model", …
  std::filesystem::path binary;
  std::string version;  ///< as printed: "0.7.0 (build 11669, commit Debian)"
  int build = 0;        ///< 0 when the text tells none
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>>
      values;                                    ///< "--spec-type" → {"draft-simple", …}
  std::set<std::string, std::less<>> valueless;  ///< flags that take no argument
  std::map<std::string, std::string, std::less<>>
      spelled_as;  ///< every spelling → the first one of its line in --help, the same for all of
                   ///< them
  std::map<std::string, std::string, std::less<>>
      removed;  ///< spellings that only tell what replaced them: "use --spec-draft-n-max or …"

  [[nodiscard]] bool has(std::string_view flag) const { return flags.contains(flag); }
  /// True when --help enumerates the flag's values and names this one.
  [[nodiscard]] bool has_value(std::string_view flag, std::string_view value) const;
  /// True when both are spellings of one flag (or its negation).
  [[nodiscard]] bool same_flag(std::string_view a, std::string_view b) const;
};

/// Pure: from the two texts.
[[nodiscard]] capabilities parse_capabilities(std::string_view help, std::string_view version);

/// Runs the binary twice (a second or less); the error says what went wrong and names the binary.
/// Blocking: call at start-up, or on a pool. Results are remembered by path, size and mtime for the
/// process's life.
[[nodiscard]] boost::system::result<capabilities, std::string> probe_capabilities(
    const std::filesystem::path& binary);

/// Where a binary named in the registry is: a path as it is, a bare name by PATH.
[[nodiscard]] boost::system::result<std::filesystem::path, std::string> find_binary(
    const std::filesystem::path& name);

}  // namespace rolecall::launcher
