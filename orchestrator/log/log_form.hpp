#pragma once

#include "orchestrator/log/log_level.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall {

enum class log_format : std::uint8_t {
  text,  ///< `event key=value …`
  json,  ///< one object with time, level, component, event and the values
};
/// "text", "json".
[[nodiscard]] std::optional<log_format> find_log_format(std::string_view name) noexcept;

/// How lines look.
struct log_form {
  log_format format = log_format::text;
  bool prefixed = false;  ///< by systemd's priority, `<6>`

  bool operator==(const log_form&) const = default;
};

/// Pure. Text is prefixed but for people, because nothing else in it tells its level. JSON tells it
/// itself and is to be read line by line: only the journal, which takes the prefix off, gets one.
[[nodiscard]] log_form form_for(log_format format, bool is_terminal, bool is_journal) noexcept;
/// For what stderr leads to.
[[nodiscard]] log_form form_for_stderr(log_format format);

/// Pure: whether $JOURNAL_STREAM, such as "9:213214", means the file with these numbers
/// (systemd.exec(5)).
[[nodiscard]] bool names_stream(std::string_view journal_stream, std::uint64_t device,
                                std::uint64_t inode) noexcept;

struct log_head {
  std::chrono::system_clock::time_point time;  ///< told by JSON only
  priority level = priority::info;
  component from = component::service;
  std::string_view event;
};

// A line piece by piece. Pure. Bytes that are no UTF-8 become U+FFFD; in text, values with blanks
// are quoted, and what would forge a second line or colour a terminal is not let through.

void begin_line(std::string& line, log_form form, const log_head& head);
/// Empty values are left out.
void append_member(std::string& line, log_format format, std::string_view key,
                   std::string_view value);
void append_member(std::string& line, log_format format, std::string_view key, std::int64_t value);
/// To a millionth; what is not finite is left out.
void append_member(std::string& line, log_format format, std::string_view key, double value);
/// With the line's end.
void end_line(std::string& line, log_format format);

}  // namespace rolecall
