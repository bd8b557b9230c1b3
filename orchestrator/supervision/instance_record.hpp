#pragma once

#include "launcher/process_identity.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::supervision {

/// What a daemon leaves of a process for the next one, to know it again.
struct instance_record {
  std::string instance;
  std::string role;
  int generation = 1;
  /// pid 0: about to be started; `start_time` is then the earliest it can have.
  launcher::process_identity process;
  std::vector<std::string> argv;  ///< as launched
  std::map<std::string, std::string> environment;
  std::uint16_t port = 0;
  std::filesystem::path model;
  int slots = 0;        ///< 0: not known
  served_model served;  ///< what `/props` said when it became ready; empty before
  std::filesystem::path log;
  std::int64_t started_at = 0;  ///< seconds since 1970; 0: not known
  int crashes = 0;              ///< in a row, before this start
  int restarts = 0;
  bool stopping = false;  ///< it was told to end

  bool operator==(const instance_record&) const = default;
};

/// JSON. Fields may be added and are ignored by who does not know them; `format` rises when a field
/// changes its meaning.
[[nodiscard]] std::string to_json(const instance_record& record);

/// The error says what is missing. A text that was cut off anywhere is refused.
[[nodiscard]] boost::system::result<instance_record, std::string> parse_instance_record(
    std::string_view json);

}  // namespace rolecall::supervision
