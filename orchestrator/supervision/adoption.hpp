#pragma once

#include "orchestrator/supervision/instance_record.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::supervision {

/// What is there of a recorded process now.
struct process_facts {
  /// Who has the recorded port.
  enum class port { nobody, itself, stranger };

  bool alive = false;  ///< boot, pid and start time are the recorded ones, and it leads its group
  /// Not alive, but its start was announced, and there is a process that may be it and did not let
  /// itself be looked at.
  bool undecided = false;
  /// Empty when they could not be read in time: a process that loads may keep its reader waiting.
  std::optional<std::vector<std::string>> arguments;
  port listener = port::nobody;
  std::string owner;     ///< "port 8081 is taken by pid 7 (nginx)"; of a stranger
  bool healthy = false;  ///< `/health` says 200
  served_model served;
};

/// How the registry of now would start the instance.
struct wanted_process {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
};

enum class adoption {
  ready,     ///< it serves what it was launched for, and what is wanted
  loading,   ///< the same, but it does not answer yet
  unfit,     ///< ours, and not what the registry wants by now: to be stopped
  stranger,  ///< not what was recorded: never signalled, never routed to
  gone,
};
[[nodiscard]] const char* to_string(adoption what) noexcept;

struct adoption_verdict {
  adoption what = adoption::gone;
  std::string reason;  ///< of unfit and stranger

  bool operator==(const adoption_verdict&) const = default;
};

/// Pure. `wanted` is null for an instance that the registry does not know or cannot run. A process
/// is ours when boot id, pid, start time, arguments, listening socket and, once it answers, model,
/// slots and context are the recorded ones. A difference between the record and the registry is
/// what it is in a reload: a restart. Its streams ended with the daemon that relayed them, so there
/// is nothing to drain.
[[nodiscard]] adoption_verdict judge(const instance_record& record, const process_facts& facts,
                                     const wanted_process* wanted);

}  // namespace rolecall::supervision
