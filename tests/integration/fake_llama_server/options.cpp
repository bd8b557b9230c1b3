#include "tests/integration/fake_llama_server/options.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace rolecall::fake {
namespace {

constexpr const char* knobs = R"(
----- fake params -----

--fake-load-ms N                        answer 503 until N ms after the start (default: 0)
--fake-warm-up-ms N                     say that a warm-up begins and take N ms more (default: 0)
--fake-hang-load                        answer 503 forever and log nothing more
--fake-no-listen                        load forever without binding the port
--fake-stop-listening                   stop listening once /props was answered
--fake-exit-at-start CODE               exit before anything else, with a line in the log
--fake-exit-after-ms N                  exit with code 1, N ms after the start
--fake-ignore-term                      go on after SIGTERM
--fake-grow-mib N                       touch N MiB of memory
--fake-busy                             compute without end
--fake-assert                           abort with an assertion in the log, before anything else
--fake-spawn-child                      start a process that sleeps in the same group
--fake-silent-health                    accept connections and say nothing, not even to /health
--fake-wedge                            say nothing more once /props was answered
--fake-hang-slots                       say nothing to /slots
--fake-silent                           say nothing to POST requests
--fake-crash-on-request                 die by SIGKILL when a POST request arrives
--fake-crash-mid-stream N               die by SIGKILL after N chunks of a stream
--fake-half-chunk                       close the connection in the middle of a stream's first chunk
--fake-half-chunk-hang                  say nothing more in the middle of a stream's first chunk
--fake-first-byte-ms N                  wait before the first byte of an answer to POST (default: 0)
--fake-chunk-ms N                       wait between the chunks of a stream (default: 0)
--fake-chunks N                         chunks of a stream (default: 3)
--fake-status CODE                      answer POST requests with this status and an error body
)";

int to_int(const std::string& text) {
  std::size_t end = 0;
  const int value = std::stoi(text, &end);
  if (end != text.size()) throw std::invalid_argument("not a number: " + text);
  return value;
}

std::chrono::milliseconds to_ms(const std::string& text) {
  return std::chrono::milliseconds{to_int(text)};
}

using with_value = std::function<void(const std::string&)>;
using without_value = std::function<void()>;

std::map<std::string, without_value> switches(options& o) {
  const auto set = [](bool& flag) { return [&flag] { flag = true; }; };
  return {
      {"--help", set(o.help)},
      {"--version", set(o.version)},
      {"--list-devices", set(o.list_devices)},
      {"--reuse-port", set(o.reuse_port)},
      {"--fake-hang-load", set(o.hang_load)},
      {"--fake-no-listen", set(o.no_listen)},
      {"--fake-stop-listening", set(o.stop_listening)},
      {"--fake-ignore-term", set(o.ignore_term)},
      {"--fake-spawn-child", set(o.spawn_child)},
      {"--fake-silent-health", set(o.silent_health)},
      {"--fake-hang-slots", set(o.hang_slots)},
      {"--fake-wedge", set(o.wedge)},
      {"--fake-busy", set(o.busy)},
      {"--fake-assert", set(o.fail_assertion)},
      {"--fake-silent", set(o.silent)},
      {"--fake-crash-on-request", set(o.crash_on_request)},
      {"--fake-half-chunk", set(o.half_chunk)},
      {"--fake-half-chunk-hang", set(o.half_chunk_hang)},
  };
}

std::map<std::string, with_value> settings(options& o) {
  const auto model = [&](const std::string& v) { o.model = v; };
  const auto alias = [&](const std::string& v) { o.alias = v; };
  const auto slots = [&](const std::string& v) { o.slots = to_int(v); };
  const auto context = [&](const std::string& v) { o.context = to_int(v); };
  return {
      {"--host", [&](const auto& v) { o.host = v; }},
      {"--port", [&](const auto& v) { o.port = static_cast<std::uint16_t>(to_int(v)); }},
      {"-m", model},
      {"--model", model},
      {"-a", alias},
      {"--alias", alias},
      {"-np", slots},
      {"--parallel", slots},
      {"-c", context},
      {"--ctx-size", context},
      {"--fake-load-ms", [&](const auto& v) { o.load = to_ms(v); }},
      {"--fake-warm-up-ms", [&](const auto& v) { o.warm_up = to_ms(v); }},
      {"--fake-exit-at-start", [&](const auto& v) { o.exit_at_start = to_int(v); }},
      {"--fake-exit-after-ms", [&](const auto& v) { o.exit_after = to_ms(v); }},
      {"--fake-grow-mib", [&](const auto& v) { o.grow_mib = static_cast<std::size_t>(to_int(v)); }},
      {"--fake-crash-mid-stream", [&](const auto& v) { o.crash_mid_stream = to_int(v); }},
      {"--fake-first-byte-ms", [&](const auto& v) { o.first_byte = to_ms(v); }},
      {"--fake-chunk-ms", [&](const auto& v) { o.chunk_gap = to_ms(v); }},
      {"--fake-chunks", [&](const auto& v) { o.chunks = to_int(v); }},
      {"--fake-status", [&](const auto& v) { o.status = static_cast<unsigned>(to_int(v)); }},
  };
}

bool is_flag(const std::string& word) {
  return word.size() > 1 && word[0] == '-' &&
         std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

bool is_listed(const std::string& help, const std::string& flag) {
  for (auto at = help.find(flag); at != std::string::npos; at = help.find(flag, at + 1)) {
    const auto end = at + flag.size();
    const bool begins = at == 0 || help[at - 1] == ' ' || help[at - 1] == '\n';
    if (begins && (end == help.size() || help[end] == ' ' || help[end] == ',' || help[end] == '\n'))
      return true;
  }
  return false;
}

}  // namespace

options parse_options(const std::vector<std::string>& arguments) {
  options parsed;
  const auto known_switches = switches(parsed);
  const auto known_settings = settings(parsed);
  const auto help = help_text();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (const auto found = known_switches.find(word); found != known_switches.end()) {
      found->second();
    } else if (const auto setting = known_settings.find(word); setting != known_settings.end()) {
      if (++i == arguments.size())
        throw std::invalid_argument("expected value for argument: " + word);
      setting->second(arguments[i]);
    } else if (is_flag(word) && !is_listed(help, word)) {
      throw std::invalid_argument("invalid argument: " + word);
    }  // a flag of the real server, or the value of one
  }
  if (parsed.alias.empty()) parsed.alias = parsed.model;
  return parsed;
}

std::string help_text() {
  const std::ifstream recorded(FAKE_LLAMA_SERVER_HELP);
  if (!recorded) throw std::runtime_error("cannot open " FAKE_LLAMA_SERVER_HELP);
  std::ostringstream text;
  text << recorded.rdbuf() << knobs;
  return text.str();
}

}  // namespace rolecall::fake
