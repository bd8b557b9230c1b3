#include "tools/rolectl/event_command.hpp"

#include "orchestrator/admin/status_reader.hpp"
#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/sse_reader.hpp"

#include <thread>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

constexpr std::chrono::seconds retry_interval{1};
/// The daemon sends a comment every 15 seconds: a longer silence is a dead connection.
constexpr std::chrono::seconds longest_silence{45};

/// Prints events from wherever the last connection ended.
class event_printer {
 public:
  event_printer(admin_client& client, const event_options& options)
      : client_(client), options_(options) {
    if (options.since)
      earliest_ = std::chrono::system_clock::now().time_since_epoch() - *options.since;
  }

  /// One connection, to its end.
  void print() {
    http_call call;
    call.target =
        "/admin/events?after=" + std::to_string(seen_) + (options_.follow ? "" : "&follow=false");
    if (options_.follow) call.patience = longest_silence;
    sse_reader reader;
    client_.call(call, [&](std::string_view piece) { return take(reader.feed(piece)); });
  }

  [[nodiscard]] bool reader_left() const { return reader_left_; }

  /// Asks for the daemon. True if it is another one than the last time: its events count from 1.
  bool find_daemon() {
    using clock = std::chrono::steady_clock;
    const auto asked = clock::now();
    const auto uptime = std::chrono::duration<double>(client_.status().uptime_seconds);
    const bool is_new = found_at_ && uptime < asked - *found_at_;
    if (is_new) seen_ = 0;
    found_at_ = clock::now();
    return is_new;
  }

 private:
  bool take(const std::vector<sse_event>& events) {
    std::string lines;
    for (const auto& event : events) {
      const auto known = admin::read_fleet_event(event.data);
      if (!known) continue;
      seen_ = known->id;
      if (std::chrono::milliseconds{known->unix_milliseconds} >= earliest_)
        lines += event_line(*known, on_);
    }
    reader_left_ = !write_all(STDOUT_FILENO, lines);
    return !reader_left_;
  }

  admin_client& client_;
  const event_options& options_;
  screen on_ = screen_of(STDOUT_FILENO);
  std::chrono::system_clock::duration earliest_{0};
  std::uint64_t seen_ = 0;
  bool reader_left_ = false;
  std::optional<std::chrono::steady_clock::time_point> found_at_;
};

void tell(const std::string& text) {
  const auto on = screen_of(STDERR_FILENO);
  (void)write_all(STDERR_FILENO, painted("rolectl: " + text, look::busy, on) + "\n");
}

/// Returns when the daemon answers.
void wait_for_daemon(event_printer& printer) {
  while (true) {
    try {
      tell(printer.find_daemon() ? "rolecalld is back; it was started anew"
                                 : "the connection is back");
      return;
    } catch (const unreachable&) {
      std::this_thread::sleep_for(retry_interval);
    }
  }
}

}  // namespace

exit_code run_events(admin_client& client, const event_options& options) {
  event_printer printer{client, options};
  if (!options.follow) {
    printer.print();
    return exit_code::done;
  }
  printer.find_daemon();  // one that was never there is a mistake
  while (true) {
    try {
      printer.print();
    } catch (const unreachable&) {
      // Told below, as is an end in good order.
    }
    if (printer.reader_left()) return exit_code::done;
    tell("lost rolecalld; waiting for it to come back (Ctrl-C ends this)");
    wait_for_daemon(printer);
  }
}

}  // namespace rolecall::rolectl
