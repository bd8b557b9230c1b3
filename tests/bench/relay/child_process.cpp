#include "tests/bench/relay/child_process.hpp"

#include "tests/bench/relay/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rolecall::bench {
namespace {

constexpr std::chrono::seconds patience{10};

cpu_set_t set_of(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  return set;
}

std::filesystem::path proc(pid_t process) { return "/proc/" + std::to_string(process); }

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A line of /proc/PID/status in kB.
std::uint64_t status_bytes(pid_t process, std::string_view key) {
  std::ifstream status(proc(process) / "status");
  for (std::string word; status >> word;) {
    if (word != key) continue;
    std::uint64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes << 10U;
  }
  throw std::runtime_error("process " + std::to_string(process) + " has no " + std::string(key));
}

[[noreturn]] void become(const std::vector<std::string>& argv,
                         const std::filesystem::path& executable, const cpu_set_t& cpus, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(executable.c_str(), words.data());
  ::_exit(127);
}

}  // namespace

std::vector<int> parse_cpus(const std::string& list) {
  std::vector<int> cpus;
  std::istringstream in(list);
  for (std::string number; std::getline(in, number, ',');) cpus.push_back(std::stoi(number));
  return cpus;
}

std::string format_cpus(const std::vector<int>& cpus) {
  std::string text;
  for (const int cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

void pin_this_process(const std::vector<int>& cpus) {
  const auto set = set_of(cpus);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "cannot run on CPUs " + format_cpus(cpus));
}

void run_ahead_of_others() {
  const sched_param lowest{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_RR, &lowest);
}

std::size_t raise_descriptor_limit() {
  constexpr rlim_t wanted = 65536;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit wide{wanted, std::max(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &wide) != 0) {  // only the superuser raises the hard limit
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

child_process::child_process(const std::vector<std::string>& argv,
                             const std::filesystem::path& executable, const std::vector<int>& cpus,
                             const std::filesystem::path& log)
    : log_(log) {
  const launcher::descriptor output(
      ::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600));
  const auto set = set_of(cpus);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "cannot fork");
  if (pid_ == 0) become(argv, executable, set, output.number());
}

child_process::~child_process() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = clock::now() + patience;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (clock::now() >= deadline) ::kill(pid_, SIGKILL);
    ::poll(nullptr, 0, 2);
  }
}

void child_process::throw_if_ended() {
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return;
  pid_ = -1;
  const auto text = text_of(log_);
  throw std::runtime_error(log_.stem().string() + " ended; its last words:\n" +
                           text.substr(text.size() - std::min<std::size_t>(text.size(), 2000)));
}

std::vector<pid_t> children_of(pid_t parent) {
  std::istringstream in(text_of(proc(parent) / "task" / std::to_string(parent) / "children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

std::chrono::nanoseconds cpu_time(pid_t process) {
  std::int64_t total = 0;
  for (const auto& thread : std::filesystem::directory_iterator(proc(process) / "task")) {
    std::ifstream in(thread.path() / "schedstat");
    std::int64_t nanoseconds = 0;
    if (in >> nanoseconds) total += nanoseconds;
  }
  return std::chrono::nanoseconds{total};
}

std::chrono::nanoseconds busy_time(const std::vector<int>& cpus) {
  std::int64_t total = 0;
  std::ifstream stat("/proc/stat");
  for (std::string line; std::getline(stat, line);) {
    std::istringstream fields(line);
    std::string name;
    // proc(5); time of guests is part of user and nice
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                 steal = 0;
    fields >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    if (std::ranges::any_of(cpus, [&](int cpu) { return name == "cpu" + std::to_string(cpu); }))
      total += user + nice + system + irq + softirq + steal;
  }
  return std::chrono::nanoseconds{std::nano::den / ::sysconf(_SC_CLK_TCK) * total};
}

std::uint64_t resident_memory(pid_t process) { return status_bytes(process, "VmRSS:"); }
std::uint64_t peak_resident_memory(pid_t process) { return status_bytes(process, "VmHWM:"); }

void forget_peak_memory(pid_t process) {
  std::ofstream(proc(process) / "clear_refs") << 5;  // proc(5): resets the peak
}

}  // namespace rolecall::bench
