#include "tests/faults/fleet_under_fire.hpp"

#include "tests/faults/wait_until.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/free_ports.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <rapidjson/document.h>

#include <signal.h>

namespace rolecall::test {

using namespace std::chrono_literals;

namespace {

constexpr const char* disk_size = "16m";  // to be filled

std::filesystem::path made(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

std::string command_line_of(pid_t pid) {
  return file_text("/proc/" + std::to_string(pid) + "/cmdline");
}

// What one instance of a role is expected to need.
std::uint64_t footprint(const rapidjson::Document& status, std::string_view role) {
  for (const auto& row : status["roles"].GetArray())
    if (role == row["name"].GetString()) return row["footprint"]["total_bytes"].GetUint64();
  throw std::runtime_error("no role " + std::string{role});
}

}  // namespace

fleet_under_fire::fleet_under_fire()
    : state_disk_(made(fixture_.folder.path() / "state"), disk_size),
      log_disk_(made(fixture_.folder.path() / "logs"), disk_size) {
  auto& registry = fixture_.registry;
  registry.model_dir = models_.path();
  // Kept over kill -9 in any case; the last one stops what it has.
  registry.host = "  on_exit: stop\n";
  for (const auto* role : all_roles) {
    const bool is_hot = std::ranges::count(hot_roles, std::string_view{role}) > 0;
    const auto* made = is_hot ? "dense.gguf" : "big-1.gguf";
    std::filesystem::copy_file(model_directory() / made, model_of(role));
    ports_[role] = free_ports(1).front();
    registry.models += "  " + std::string{role} + ": {path: " + role + ".gguf}\n";
    registry.roles +=
        "  " + std::string{role} + ": {model: " + role + ", tier: " + (is_hot ? "hot" : "warm") +
        ", context: 4096" + ", port: " + std::to_string(ports_[role]) +
        ", slots: 2, extra_args: [--temp, \"0\"]" + ", timeouts: {wedged: 2s, drain: 20s}}\n";
  }
  file_ = registry.write();
  std::uint64_t budget = 0;
  {
    const running_daemon measuring(file_);
    rapidjson::Document status;
    status.Parse(measuring.admin_get("/admin/status").body.c_str());
    const auto warm = footprint(status, "left");
    budget = warm + warm / 2;
    for (const auto* role : hot_roles) budget += footprint(status, role);
  }
  registry.budget = std::to_string(budget);
  file_ = registry.write();
  start_daemon();
}

fleet_under_fire::~fleet_under_fire() {
  daemon_.reset();
  for (const auto pid : processes()) ::kill(pid, SIGKILL);
}

void fleet_under_fire::kill_daemon() {
  door_ = 0;
  daemon_->kill();
  daemon_.reset();
}

void fleet_under_fire::start_daemon(const std::vector<std::string>& environment) {
  daemon_.emplace(file_, environment);
  door_ = daemon_->door();
}

void fleet_under_fire::end(fault_record& record) {
  door_ = 0;
  if (daemon_ && daemon_->stop() != 0) record.not_back("rolecalld ends with a failure");
  daemon_.reset();
  for (const auto pid : processes())
    record.orphan("pid " + std::to_string(pid) + " runs after rolecalld has stopped its fleet");
}

std::vector<std::filesystem::path> fleet_under_fire::own_disks() const {
  if (!state_disk_.is_mounted() || !log_disk_.is_mounted()) return {};
  return {folder() / "state", folder() / "logs"};
}

bool fleet_under_fire::hot_roles_come_back() {
  return wait_until([this] { return daemon_->admin_get("/readyz").status == 200; });
}

// By the folder of the models, which no other program can have in its command line.
std::set<pid_t> fleet_under_fire::processes() const {
  std::set<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    const auto command = command_line_of(pid);
    if (command.find("llama-server") != std::string::npos &&
        command.find(models_.path().string()) != std::string::npos && is_alive(pid))
      found.insert(pid);
  }
  return found;
}

// A process that is ending, or was started in this moment, is not in both lists.
void fleet_under_fire::look_for_orphans(fault_record& record) {
  std::set<pid_t> unknown;
  const bool all_are_known = wait_until(
      [&] {
        const auto known = daemon_->children();
        unknown = processes();
        for (const auto pid : known) unknown.erase(pid);
        return unknown.empty();
      },
      30s);
  if (all_are_known) return;
  for (const auto pid : unknown) {
    auto command = command_line_of(pid);
    std::ranges::replace(command, '\0', ' ');
    record.orphan("pid " + std::to_string(pid) + ": " + command.substr(0, 200));
  }
}

}  // namespace rolecall::test
