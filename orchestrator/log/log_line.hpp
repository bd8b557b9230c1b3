#pragma once

#include "orchestrator/log/log_form.hpp"
#include "orchestrator/log/log_level.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace rolecall {

/// One line of the daemon's log: an event with its values on stderr, written by the destructor in
/// the form that use() chose. Nothing is composed when the component's level leaves the line out.
/// Never given a prompt, a body or a key. docs/logs.md has every event.
class log_line {
 public:
  /// `event`: a word, of lower-case letters and underscores.
  log_line(priority level, std::string_view event, component from = component::service)
      : is_wanted_(is_logged(level, from)) {
    if (is_wanted_) begin(level, event, from);
  }
  ~log_line() {
    if (is_wanted_) write();
  }
  log_line(const log_line&) = delete;
  log_line& operator=(const log_line&) = delete;

  /// Empty values are left out. `key`: a word other than time, level, component and event.
  log_line& with(std::string_view key, std::string_view value) {
    if (is_wanted_) append_member(text_, format_, key, value);
    return *this;
  }
  log_line& with(std::string_view key, std::int64_t value) {
    if (is_wanted_) append_member(text_, format_, key, value);
    return *this;
  }
  template <std::floating_point Number>
  log_line& with(std::string_view key, Number value) {
    if (is_wanted_) append_member(text_, format_, key, static_cast<double>(value));
    return *this;
  }

  /// What will be written, without the line's end.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// Lines look like this from now on, process-wide; before the first call as they do for stderr in
  /// text. Any thread.
  static void use(log_form form) noexcept;

 private:
  void begin(priority level, std::string_view event, component from);
  void write();

  std::string text_;
  bool is_wanted_;
  log_format format_ = log_format::text;
};

}  // namespace rolecall
