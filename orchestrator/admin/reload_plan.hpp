#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rolecall::admin {

/// What a registry that was read again changes, before it does.
struct reload_plan {
  enum class change {
    unchanged,
    now,      ///< applied at once; running processes feel nothing
    restart,  ///< its processes end with the requests that they serve; HOT ones start again
    added,
    removed,  ///< its processes end with the requests that they serve
  };
  /// One key whose value differs; "-": none.
  struct setting {
    std::string key;  ///< "timeouts.drain", "host.memory.budget"
    std::string before;
    std::string after;
    bool waits = false;  ///< for a restart of rolecalld; until then it stays as it is
  };
  struct role {
    std::string name;
    std::string tier;
    change what = change::unchanged;
    /// Of a restart: what of the process differs. Otherwise which instances come or go, or whose
    /// processes it has.
    std::string why;
    std::vector<setting> settings;  ///< of a role that was there and stays
  };

  bool applied = false;          ///< false: only planned
  std::uint64_t generation = 0;  ///< of the registry, when it is applied
  std::vector<role> roles;       ///< in the order of the registry, then those that leave
  std::vector<setting> host;
  std::vector<std::string> notes;  ///< warnings, as compilers print them

  /// Neither a role nor the host changes.
  [[nodiscard]] bool is_empty() const noexcept;
};

/// "unchanged", "now", "restart", "added", "removed".
[[nodiscard]] const char* to_string(reload_plan::change what) noexcept;

/// One line: "2 roles restart, 1 changes now, 9 unchanged; 1 setting waits for a restart of
/// rolecalld".
[[nodiscard]] std::string summary(const reload_plan& plan);

[[nodiscard]] std::string to_json(const reload_plan& plan);

/// Why a registry was not taken; the fleet is as it was.
struct reload_refusal {
  bool is_wrong = true;  ///< false: it cannot be taken now, whatever it says
  std::string message;
  std::vector<std::string> diagnostics;  ///< file:line:column: error: …
};

}  // namespace rolecall::admin
