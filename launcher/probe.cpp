// Asks a binary what it understands and computes on: the part of capabilities.hpp and
// engine_backends.hpp that runs processes.

#include "launcher/capabilities.hpp"
#include "launcher/descriptor.hpp"
#include "launcher/engine_backends.hpp"
#include "launcher/environment.hpp"
#include "launcher/executable_path.hpp"
#include "launcher/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

using clock = std::chrono::steady_clock;

struct refusal {
  std::string reason;
};
using text_or_refusal = boost::system::result<std::string, refusal>;

constexpr std::chrono::seconds patience{10};
constexpr std::size_t longest_output = 1U << 20U;  // ten times the --help of 0.7.0

int milliseconds_until(clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

/// Everything up to the end of the pipe; false when the deadline or the bound was met first.
bool read_all(int pipe, clock::time_point deadline, std::string& text) {
  char chunk[16384];
  while (text.size() <= longest_output) {
    pollfd readable{pipe, POLLIN, 0};
    const int ready = ::poll(&readable, 1, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const auto count = ::read(pipe, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    text.append(chunk, static_cast<std::size_t>(count));
  }
  return false;
}

/// Waits for the exit, and ends the process when it does not come in time. Always reaps.
bool ended_in_time(pid_t pid, clock::time_point deadline, int& status) {
  // The pipe's end has been seen, or the deadline: either way there is nothing left but the exit
  // itself.
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (clock::now() >= deadline) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      return false;
    }
    ::poll(nullptr, 0, 1);
  }
  return true;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, std::min<std::size_t>(text.find('\n'), 200)));
}

// `flag`: the one that it is about, behind `others`.
text_or_refusal output_of(const std::filesystem::path& binary, const char* flag,
                          std::vector<std::string> others = {}) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return refusal{std::string("no pipe: ") + std::strerror(errno)};
  descriptor read_end(ends[0]);
  descriptor write_end(ends[1]);
  auto argv = std::move(others);
  argv.insert(argv.begin(), binary.string());
  argv.emplace_back(flag);
  const auto pid = spawn_child(argv, child_environment(own_environment(), {}), write_end.number());
  write_end.close();
  if (!pid) return refusal{pid.error().message()};

  const auto deadline = clock::now() + patience;
  std::string text;
  const bool complete = read_all(read_end.number(), deadline, text);
  int status = 0;
  const bool ended = ended_in_time(*pid, complete ? deadline : clock::now(), status);
  if (!complete || !ended)
    return refusal{std::string(flag) +
                   " gave no answer of less than 1 MiB within 10 s; is it a llama-server?"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const auto how = WIFEXITED(status)
                         ? " ended with exit code " + std::to_string(WEXITSTATUS(status))
                         : " ended by signal " + std::to_string(WTERMSIG(status));
    return refusal{flag + how + (text.empty() ? "" : ": " + first_line(text))};
  }
  return text_or_refusal(boost::system::in_place_value, std::move(text));
}

boost::system::result<capabilities, std::string> ask(const std::filesystem::path& binary) {
  const auto cannot_use = [&](const std::string& reason) {
    return "cannot use engine " + binary.string() + ": " + reason;
  };
  const auto help = output_of(binary, "--help");
  if (!help) return cannot_use(help.error().reason);
  const auto version = output_of(binary, "--version");
  if (!version) return cannot_use(version.error().reason);
  auto found = parse_capabilities(*help, *version);
  if (!found.has("--model") || !found.has("--port"))
    return cannot_use("its --help names no --model and --port; is it a llama-server?");
  found.binary = binary;
  return found;
}

}  // namespace

boost::system::result<capabilities, std::string> probe_capabilities(
    const std::filesystem::path& binary) {
  using identity = std::tuple<std::string, std::uintmax_t, std::filesystem::file_time_type::rep>;
  static std::mutex guard;
  static std::map<identity, capabilities> known;

  std::error_code failed;
  const auto size = std::filesystem::file_size(binary, failed);
  const auto written =
      failed ? std::filesystem::file_time_type{} : std::filesystem::last_write_time(binary, failed);
  if (failed) return "cannot use engine " + binary.string() + ": " + failed.message();
  const identity key{binary.string(), size, written.time_since_epoch().count()};

  const std::lock_guard lock(guard);
  if (const auto seen = known.find(key); seen != known.end()) return seen->second;
  auto found = ask(binary);
  if (found) known.emplace(key, *found);
  return found;
}

boost::system::result<engine_backends, std::string> probe_backends(const capabilities& engine) {
  constexpr const char* flag = "--list-devices";
  const auto unknown = [](const std::string& reason) {
    return boost::system::result<engine_backends, std::string>(boost::system::in_place_error,
                                                               reason);
  };
  if (!engine.has(flag)) return unknown(std::string{"its --help names no "} + flag);
  std::vector<std::string> others;
  if (engine.has("--verbose")) others.emplace_back("--verbose");
  const auto text = output_of(engine.binary, flag, std::move(others));
  if (!text) return unknown(text.error().reason);
  return parse_backends(*text);
}

boost::system::result<std::filesystem::path, std::string> find_binary(
    const std::filesystem::path& name) {
  // Said outright, because a string converts to a path, too.
  using result = boost::system::result<std::filesystem::path, std::string>;
  const auto found_at = [](const std::filesystem::path& file) {
    return result(boost::system::in_place_value, file);
  };
  const auto refuse = [&](const std::string& reason) {
    return result(boost::system::in_place_error,
                  "cannot use engine " + name.string() + ": " + reason);
  };
  if (!name.has_parent_path()) {
    if (const auto file = find_in_path(name.string(), search_path())) return found_at(*file);
    return refuse("it is not in PATH; install it, or name its file in host.llama_server");
  }
  std::error_code failed;
  const auto file = std::filesystem::absolute(name, failed);
  if (failed || !std::filesystem::is_regular_file(file, failed))
    return refuse("there is no such file; see host.llama_server");
  if (::access(file.c_str(), X_OK) != 0)
    return refuse(std::string("it may not be executed (") + std::strerror(errno) + ")");
  return found_at(file);
}

}  // namespace rolecall::launcher
