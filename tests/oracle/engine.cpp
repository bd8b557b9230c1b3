#include "tests/oracle/engine.hpp"

#include "tests/support/free_ports.hpp"
#include "tests/support/http_client.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rolecall::oracle {

namespace {

using namespace std::chrono_literals;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A child that writes to `log`; ended and reaped with this object.
class child {
 public:
  child(const std::vector<std::string>& command, const std::filesystem::path& log) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) throw std::runtime_error("cannot write " + log.string());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing stays behind when the oracle is killed
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
      ::execv(words.front(), words.data());
      ::_exit(127);
    }
    ::close(out);
    if (pid_ < 0) throw std::runtime_error("cannot start " + command.front());
  }
  ~child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    wait();
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  void wait() {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] bool ended() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
  }
  [[nodiscard]] int pid() const noexcept { return pid_; }

 private:
  int pid_ = -1;
};

void wait_until_ready(child& server, std::uint16_t port, const std::filesystem::path& log) {
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (server.ended()) throw std::runtime_error("llama-server ended:\n" + read_text(log));
    if (read_text(log).find("listening on") != std::string::npos &&
        test::request(port, "GET", "/health").status == 200)
      return;
    std::this_thread::sleep_for(20ms);  // an engine of our own: nobody announces that it is ready
  }
  throw std::runtime_error("llama-server is not ready after 120 s");
}

std::string prompt_of(int tokens) {
  std::string list;
  for (int i = 0; i < tokens; ++i) list += (i == 0 ? "" : ",") + std::to_string(50 + i % 20);
  return "[" + list + "]";
}

}  // namespace

engine_report parse_report(const std::string& log, bool drafts) {
  static const std::regex model(R"(model buffer size = +([0-9.]+) MiB)");
  static const std::regex cache(R"(llama_kv_cache: size = +([0-9.]+) MiB)");
  static const std::regex recurrent(R"(llama_memory_recurrent: size = +([0-9.]+) MiB)");
  static const std::regex compute(R"(sched_reserve: +CPU compute buffer size = +([0-9.]+) MiB)");
  static const std::regex output(R"(output buffer size = +([0-9.]+) MiB)");
  static const std::regex image(R"(reserve_compute_meta: +CPU compute buffer size = +([0-9.]+))");
  static const std::regex projected(R"(\nHost ([0-9]+) [0-9]+ [0-9]+)");
  engine_report report;
  std::size_t contexts = 0;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    const auto matches = [&](const std::regex& pattern) {
      return std::regex_search(line, found, pattern);
    };
    const auto mebibytes = [&] { return std::stod(found[1]); };
    if (matches(model))
      report.weights += mebibytes();
    else if (matches(cache))
      (drafts && contexts > 0 ? report.draft_kv_cache : report.kv_cache) += mebibytes();
    else if (matches(recurrent))
      report.state += mebibytes();
    else if (matches(output))
      report.compute += mebibytes();
    else if (matches(image))
      report.image = mebibytes();
    else if (matches(compute)) {
      report.compute += mebibytes();
      ++contexts;
    }
  }
  std::smatch found;
  if (std::regex_search(log, found, projected)) report.weights = std::stod(found[1]);
  return report;
}

engine_report project(const std::filesystem::path& fit_params, const std::filesystem::path& model,
                      const std::vector<std::string>& arguments) {
  const std::filesystem::path log = model.string() + ".log";
  std::vector<std::string> command{fit_params.string(), "-m", model.string(), "-fitp", "on",
                                   "--threads",         "1",  "--verbose"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  // It logs from a thread of its own and does not wait for it at the end: on a busy machine the
  // last lines, which are the ones that matter, are lost more often than not.
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    child(command, log).wait();
    const std::string text = read_text(log);
    const engine_report report = parse_report(text, false);
    const bool whole = text.find("memory breakdown") != std::string::npos && report.compute > 0 &&
                       report.weights > 0;
    if (whole) return report;
  }
  throw std::runtime_error("llama-fit-params says nothing of " + model.string() + ":\n" +
                           read_text(log));
}

served serve(const std::filesystem::path& llama_server, const std::filesystem::path& log,
             const std::vector<std::string>& arguments, int prompt, bool embeddings, bool drafts) {
  const std::uint16_t port = test::free_ports(1).front();
  std::vector<std::string> command{llama_server.string(),
                                   "--host",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port),
                                   "--threads",
                                   "1",
                                   "--threads-batch",
                                   "1",
                                   "--no-kv-unified",
                                   "--fit",
                                   "off",
                                   "--n-gpu-layers",
                                   "0",
                                   "--threads-http",
                                   "33",
                                   "--no-ui",
                                   "--offline",
                                   "--metrics",
                                   "--slots",
                                   "--cache-ram",
                                   "0",
                                   "--verbosity",
                                   "5"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  served result;
  {
    child server(command, log);
    wait_until_ready(server, port, log);
    const std::string body = R"({"prompt":)" + prompt_of(prompt) + R"(,"input":)" +
                             prompt_of(prompt) + R"(,"n_predict":16})";
    for (int i = 0; i < 2; ++i) {
      const auto answer =
          test::request(port, "POST", embeddings ? "/v1/embeddings" : "/completion", body, 300s);
      if (answer.status != 200) throw std::runtime_error("llama-server answers " + answer.body);
    }
    const auto memory = launcher::read_process_memory(server.pid());
    if (!memory) throw std::runtime_error("cannot read the memory of llama-server");
    result.peak = *memory;
  }
  result.report = parse_report(read_text(log), drafts);
  return result;
}

}  // namespace rolecall::oracle
