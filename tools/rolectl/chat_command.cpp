#include "registry/quantities.hpp"
#include "tools/rolectl/chat_stream.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/screen.hpp"

#include <iostream>
#include <iterator>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

using clock = std::chrono::steady_clock;

/// The daemon has its own deadlines for the queue and the first byte; this is for a network that
/// swallowed it.
constexpr std::chrono::minutes silence{60};

/// Prints an answer as it comes.
class answer_printer {
 public:
  /// False: nobody reads any more, or the stream told of an error.
  bool take(std::string_view piece) {
    for (const auto& event : reader_.feed(piece))
      if (!take(read_chat_step(event))) return false;
    return true;
  }

  void finish() const {
    if (reader_left_) return;
    if (has_text_) (void)write_all(STDOUT_FILENO, "\n");
    if (error_) throw refused(*error_);
    if (!finished_) throw refused("the answer was cut short");
    std::string words;
    if (first_text_)
      words = "first words after " +
              registry::format_elapsed(std::chrono::duration<double>(*first_text_ - begun_));
    if (timings_) words += (words.empty() ? "" : "; ") + timing_words(*timings_);
    if (!words.empty()) (void)write_all(STDERR_FILENO, painted(words, look::dim, err_) + "\n");
  }

 private:
  bool take(const chat_step& step) {
    if (step.timings) timings_ = step.timings;
    finished_ = finished_ || step.finished;
    error_ = step.error;
    if (error_) return false;
    auto text = tame(step.text, out_);
    // Thoughts are not the answer: a pipe gets the answer alone.
    if (out_.is_terminal) text.insert(0, painted(tame(step.reasoning, out_), look::dim, out_));
    if (text.empty()) return true;
    if (!first_text_) first_text_ = clock::now();
    has_text_ = true;
    reader_left_ = !write_all(STDOUT_FILENO, text);
    return !reader_left_;
  }

  screen out_ = screen_of(STDOUT_FILENO);
  screen err_ = screen_of(STDERR_FILENO);
  sse_reader reader_;
  clock::time_point begun_ = clock::now();
  std::optional<clock::time_point> first_text_;
  std::optional<chat_timings> timings_;
  std::optional<std::string> error_;
  bool finished_ = false;
  bool has_text_ = false;
  bool reader_left_ = false;
};

std::string message_of(const chat_options& options) {
  if (!options.message.empty() && options.message != "-") return options.message;
  return {std::istreambuf_iterator<char>{std::cin}, {}};
}

}  // namespace

exit_code run_chat(admin_client& client, const chat_options& options) {
  const auto message = message_of(options);
  if (message.find_first_not_of(" \t\r\n") == std::string::npos) {
    (void)write_all(STDERR_FILENO, "rolectl: there is nothing to ask: the message is empty\n");
    return exit_code::usage;
  }
  const auto status = client.status();
  if (!status.listen.empty() && status.listen.front().starts_with("https://"))
    throw refused("the front door at " + status.listen.front() +
                  " speaks TLS, which rolectl does not: ask it with curl");
  const auto door = front_door(status, client.door());
  if (!door) throw refused("rolecalld has no front door to talk to; see `listen` in its registry");
  http_call call{"POST", "/v1/chat/completions",
                 chat_request(options.role, message, options.most_tokens), silence, options.key};
  answer_printer printer;
  const auto answered =
      exchange(*door, call, [&](std::string_view piece) { return printer.take(piece); });
  if (!answered) {
    const auto where = "the front door at " + door_words(*door) + ": " + answered.error().reason;
    if (answered.error().connected) throw refused("no complete answer from " + where);
    throw unreachable("cannot reach " + where);
  }
  if (!answered->ok()) throw refused(error_message(*answered));
  printer.finish();
  return exit_code::done;
}

}  // namespace rolecall::rolectl
