#include "tests/support/running_daemon.hpp"

#include "tests/support/file_text.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <system_error>

#include <rapidjson/document.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace rolecall::test {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{120};

struct descriptor {
  int number = -1;
  explicit descriptor(int n) : number(n) {
    if (n < 0) throw std::system_error(errno, std::generic_category());
  }
  ~descriptor() { reset(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  void reset() {
    if (number >= 0) ::close(number);
    number = -1;
  }
};

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  return ends;
}

pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
            int out, int err) {
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::vector<char*> variables;
  for (const auto& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  variables.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err, 2);
  pid_t pid = 0;
  const int failure =
      ::posix_spawn(&pid, argv.front().c_str(), &actions, nullptr, words.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), argv.front());
  return pid;
}

int wait_for_end(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid)
    throw std::system_error(errno, std::generic_category(), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Reads both pipes to their ends without letting either fill up.
void read_both(int out, int err, program_result& result) {
  std::array<pollfd, 2> waiting{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  const std::array<std::string*, 2> texts{&result.out, &result.err};
  for (int open = 2; open > 0;) {
    ::poll(waiting.data(), waiting.size(), -1);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      std::array<char, 4096> piece{};
      const auto length = ::read(waiting[i].fd, piece.data(), piece.size());
      if (length > 0) {
        texts[i]->append(piece.data(), static_cast<std::size_t>(length));
      } else {
        waiting[i].fd = -1;
        --open;
      }
    }
  }
}

std::uint16_t announced_port(const std::string& banner, const std::string& door) {
  std::smatch match;
  if (!std::regex_search(banner, match,
                         std::regex("\n  " + door + " +(?:http://)?127\\.0\\.0\\.1:(\\d+)")))
    return 0;
  return static_cast<std::uint16_t>(std::stoi(match[1]));
}

rapidjson::Document parse(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.c_str());
  if (document.HasParseError()) throw std::runtime_error("not JSON: " + text);
  return document;
}

}  // namespace

program_result run(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment) {
  const auto out_ends = make_pipe();
  const auto err_ends = make_pipe();
  descriptor out(out_ends[0]), out_writer(out_ends[1]), err(err_ends[0]), err_writer(err_ends[1]);
  const auto pid = spawn(argv, environment, out_writer.number, err_writer.number);
  out_writer.reset();
  err_writer.reset();
  program_result result;
  read_both(out.number, err.number, result);
  result.code = wait_for_end(pid);
  return result;
}

running_daemon::running_daemon(const std::filesystem::path& registry,
                               const std::vector<std::string>& environment) {
  const auto log = registry.parent_path() / "rolecalld.log";
  const auto ends = make_pipe();
  descriptor reader(ends[0]), writer(ends[1]);
  descriptor err(::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600));
  pid_ =
      spawn({ROLECALLD, "--registry", registry.string()}, environment, writer.number, err.number);
  writer.reset();
  std::string banner;
  while (admin_ == 0) {
    std::array<char, 4096> piece{};
    const auto length = ::read(reader.number, piece.data(), piece.size());
    if (length <= 0) {
      wait_for_end(std::exchange(pid_, 0));
      throw std::runtime_error("rolecalld ended at its start:\n" + file_text(log));
    }
    banner.append(piece.data(), static_cast<std::size_t>(length));
    if (banner.back() != '\n') continue;
    door_ = announced_port(banner, "door");
    admin_ = announced_port(banner, "admin");
  }
}

running_daemon::~running_daemon() {
  if (pid_ != 0) stop();
}

int running_daemon::stop() {
  ::kill(pid_, SIGTERM);
  return wait_for_end(std::exchange(pid_, 0));
}

void running_daemon::kill() {
  ::kill(pid_, SIGKILL);
  wait_for_end(std::exchange(pid_, 0));
}

http_response running_daemon::post(std::string_view target, std::string_view body) const {
  return request(door_, "POST", target, body);
}
http_response running_daemon::get(std::string_view target) const {
  return request(door_, "GET", target);
}
http_response running_daemon::admin_get(std::string_view target) const {
  return request(admin_, "GET", target);
}
http_response running_daemon::admin_post(std::string_view target) const {
  return request(admin_, "POST", target);
}

http_response running_daemon::chat(std::string_view role, std::string_view text, int tokens) const {
  return post("/v1/chat/completions",
              R"({"model":")" + std::string{role} + R"(","max_tokens":)" + std::to_string(tokens) +
                  R"(,"messages":[{"role":"user","content":")" + std::string{text} + R"("}]})");
}

namespace {

// Calls `read` with the instance's object of the status, if there is one.
template <typename Result, typename Read>
Result of_instance(const running_daemon& fleet, std::string_view name, Read read) {
  const auto status = parse(fleet.admin_get("/admin/status").body);
  for (const auto& role : status["roles"].GetArray())
    for (const auto& instance : role["instances"].GetArray())
      if (name == instance["name"].GetString()) return read(instance);
  return Result{};
}

}  // namespace

std::string running_daemon::state(std::string_view instance) const {
  return of_instance<std::string>(
      *this, instance, [](const auto& i) { return std::string{i["state"].GetString()}; });
}

pid_t running_daemon::child(std::string_view instance) const {
  return of_instance<pid_t>(*this, instance, [](const auto& i) { return i["pid"].GetInt(); });
}

int running_daemon::generation(std::string_view instance) const {
  return of_instance<int>(*this, instance, [](const auto& i) { return i["generation"].GetInt(); });
}

std::string running_daemon::reason_kind(std::string_view instance) const {
  return of_instance<std::string>(
      *this, instance, [](const auto& i) { return std::string{i["reason_kind"].GetString()}; });
}

unsigned running_daemon::leases(std::string_view instance) const {
  return of_instance<unsigned>(*this, instance,
                               [](const auto& i) { return i["leases"].GetUint(); });
}

std::vector<pid_t> running_daemon::children() const {
  std::vector<pid_t> pids;
  const auto status = parse(admin_get("/admin/status").body);
  for (const auto& role : status["roles"].GetArray())
    for (const auto& instance : role["instances"].GetArray())
      if (instance["pid"].GetInt() != 0) pids.push_back(instance["pid"].GetInt());
  return pids;
}

void running_daemon::wait_until(const std::function<bool()>& condition) const {
  const auto deadline = clock::now() + patience;
  while (!condition()) {
    if (clock::now() > deadline) throw std::runtime_error("waited two minutes in vain");
    ::poll(nullptr, 0, 5);
  }
}

void running_daemon::wait_for_state(std::string_view instance, std::string_view wanted) const {
  wait_until([&] { return state(instance) == wanted; });
}

std::vector<std::string> running_daemon::events(std::string_view kind) const {
  std::vector<std::string> texts;
  const auto history = admin_get("/admin/events?follow=false").body;
  static const std::regex line("data: (.*)\n");
  for (auto it = std::sregex_iterator(history.begin(), history.end(), line);
       it != std::sregex_iterator(); ++it) {
    const auto event = parse((*it)[1]);
    if (kind == event["kind"].GetString())
      texts.push_back(std::string{event["instance"].GetString()} + ": " +
                      event["text"].GetString());
  }
  return texts;
}

bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return false;
  const auto state = text.rfind(") ");
  return state != std::string::npos && text[state + 2] != 'Z';
}

}  // namespace rolecall::test
