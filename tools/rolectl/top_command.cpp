#include "tools/rolectl/top_command.hpp"

#include "tools/rolectl/keyboard.hpp"
#include "tools/rolectl/signal_inbox.hpp"
#include "tools/rolectl/terminal_mode.hpp"
#include "tools/rolectl/top_mailbox.hpp"
#include "tools/rolectl/top_state.hpp"
#include "tools/rolectl/top_threads.hpp"
#include "tools/rolectl/top_view.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include <poll.h>
#include <unistd.h>

namespace rolecall::rolectl {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds shortest_interval{100};
/// What follows an escape character within this time belongs to it.
constexpr std::chrono::milliseconds sequence_patience{50};
constexpr std::chrono::milliseconds tick{1000};

/// Turns what arrives into steps of the state, and what they ask for into calls.
class top_session {
 public:
  top_session(const admin_client& client, std::chrono::milliseconds interval, top_state state)
      : client_(client), state_(std::move(state)), talker_(client, interval, inbox_) {}

  /// Until the operator leaves: 0, or until a signal ends it: its number.
  int run() {
    while (!left_) {
      draw();
      std::array<::pollfd, 3> watched{{{STDIN_FILENO, POLLIN, 0},
                                       {inbox_.descriptor(), POLLIN, 0},
                                       {signals_.descriptor(), POLLIN, 0}}};
      const auto patience = keys_.waits() ? sequence_patience : tick;
      const auto count = ::poll(watched.data(), watched.size(), static_cast<int>(patience.count()));
      if (count == 0) take_time();
      if (count <= 0) continue;
      if (watched[1].revents != 0)
        for (const auto& event : inbox_.take()) take(event);
      if (watched[0].revents != 0 && !take_keys()) return 0;
      if (watched[2].revents != 0)
        if (const int ends = take_signals()) return ends;
    }
    return 0;
  }

 private:
  void draw() {
    const auto on = screen_of(STDOUT_FILENO);
    if (!write_all(STDOUT_FILENO, redrawn(top_text(state_, on), on))) left_ = true;
  }

  void take_time() {
    take(top_tick{});
    for (const auto& pressed : keys_.flush()) take(pressed);
  }

  /// False: the terminal is gone.
  bool take_keys() {
    std::array<char, 256> bytes{};
    const auto length = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (length <= 0) return false;
    for (const auto& pressed : keys_.feed({bytes.data(), static_cast<std::size_t>(length)}))
      take(pressed);
    return true;
  }

  /// The signal that ends us, or 0. A changed window needs no more than to be drawn again.
  int take_signals() {
    while (const int signal = signals_.take()) {
      if (signal == SIGTSTP)
        terminal_.suspend();
      else if (signal == SIGCONT)
        terminal_.enter();
      else if (signal != SIGWINCH)
        return signal;
    }
    return 0;
  }

  void take(const top_event& event) {
    const auto now = std::chrono::duration<double>(clock::now() - begun_).count();
    for (const auto& action : step(state_, event, now))
      std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }

  void perform(const send_command& wanted) { talker_.send(wanted); }
  void perform(const follow_log& wanted) { follower_.emplace(client_, wanted.role, inbox_); }
  void perform(const leave_log&) { follower_.reset(); }
  void perform(const clear_screen&) { (void)write_all(STDOUT_FILENO, "\033[2J"); }
  void perform(const suspend_top&) { terminal_.suspend(); }
  void perform(const leave_top&) { left_ = true; }

  admin_client client_;
  top_state state_;
  clock::time_point begun_ = clock::now();
  bool left_ = false;
  key_reader keys_;
  top_mailbox inbox_;
  // Before the threads, which are to leave the signals alone.
  signal_inbox signals_{SIGWINCH, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT};
  terminal_mode terminal_;
  daemon_talker talker_;
  std::optional<log_follower> follower_;
};

exit_code wrong_usage(const std::string& why) {
  (void)write_all(STDERR_FILENO, "rolectl: " + why + "\n");
  return exit_code::usage;
}

}  // namespace

exit_code run_top(admin_client& client, const top_options& options) {
  const auto sort = options.sort.empty() ? top_sort::role : parse_top_sort(options.sort);
  if (!sort) return wrong_usage("--sort is one of role, state, memory, requests, tokens");
  if (options.interval < shortest_interval)
    return wrong_usage("--interval is at least " + std::to_string(shortest_interval.count()) +
                       " ms");
  const auto on = screen_of(STDOUT_FILENO);
  if (!on.draws || ::isatty(STDIN_FILENO) != 1)
    return wrong_usage(
        "top needs a terminal that moves its cursor; use `rolectl status --json` in scripts");

  top_state state;
  state.sort = *sort;
  // A daemon that goes away later comes back; one that was never there is a mistake.
  (void)step(state, top_snapshot{client.status()}, 0);
  const int ended_by = top_session{client, options.interval, std::move(state)}.run();
  if (ended_by != 0) ::raise(ended_by);
  return exit_code::done;
}

}  // namespace rolecall::rolectl
