#include "orchestrator/log/log_line.hpp"

#include <atomic>
#include <chrono>

#include <unistd.h>

namespace rolecall {
namespace {

std::atomic<log_form>& form_in_use() {
  static std::atomic<log_form> form{form_for_stderr(log_format::text)};
  return form;
}

}  // namespace

void log_line::use(log_form form) noexcept { form_in_use().store(form, std::memory_order_relaxed); }

void log_line::begin(priority level, std::string_view event, component from) {
  const auto form = form_in_use().load(std::memory_order_relaxed);
  format_ = form.format;
  begin_line(text_, form, {std::chrono::system_clock::now(), level, from, event});
}

void log_line::write() {
  end_line(text_, format_);
  // One write, so that lines of several threads do not mix. Nothing can be done about a log that
  // cannot be written.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), text_.size());
}

}  // namespace rolecall
