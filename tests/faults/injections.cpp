#include "tests/faults/injections.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include <netinet/in.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rolecall::test {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto patience = 120s;

bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = steady_clock::now() + patience;
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A listener that is none of ours, as the fleet sees it.
class squatter {
 public:
  explicit squatter(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    constexpr int on = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    holds_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0 &&
             ::listen(socket_, 1) == 0;
  }
  ~squatter() { ::close(socket_); }
  squatter(const squatter&) = delete;
  squatter& operator=(const squatter&) = delete;

  [[nodiscard]] bool holds_port() const noexcept { return holds_; }

 private:
  int socket_;
  bool holds_ = false;
};

http_response chat(const fleet_under_fire& fleet, const std::string& role) {
  return request(fleet.door(), "POST", "/completion",
                 R"({"model":")" + role + R"(","prompt":"go","n_predict":1})");
}

}  // namespace

void injections::one_of_each() {
  signal_child("child: SIGKILL", SIGKILL);
  signal_child("child: SIGSEGV", SIGSEGV);
  signal_child("child: SIGABRT", SIGABRT);
  signal_child("child: SIGSTOP", SIGSTOP);
  garble_registry();
  take_port();
  cut_model();
  remove_model();
  use_up_descriptors();
  fill_disk();
  kill_daemon();
}

void injections::recover(fault_record::ticket fault) {
  if (fleet_.hot_roles_come_back())
    record_.mended(fault);
  else
    record_.not_back("HOT roles, two minutes after a fault: " +
                     fleet_.daemon().admin_get("/readyz").body);
}

void injections::signal_child(const char* kind, int signal) {
  const std::string role = fleet_under_fire::hot_roles[draws_() % 2];
  auto& daemon = fleet_.daemon();
  if (!fleet_.hot_roles_come_back()) return record_.not_back(role + " before a fault");
  const auto pid = daemon.child(role);
  const auto fault = record_.begin(kind, role);
  ::kill(pid, signal);
  wait_until([&] { return daemon.child(role) != pid || daemon.state(role) != "ready"; });
  record_.noticed(fault);
  wait_until([&] { return !is_alive(pid); });
  record_.end(fault);
  recover(fault);
}

void injections::kill_daemon() {
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a kill -9");
  constexpr std::array moments = {"at rest", "within a load", "within an eviction",
                                  "within a reload"};
  const auto when = draws_() % moments.size();
  auto& daemon = fleet_.daemon();
  const auto admin = daemon.admin();
  const auto meanwhile = [&]() -> std::string {
    if (when == 1) return "/admin/roles/left/load";
    if (when == 2) return "/admin/roles/right/load?force=true";
    return when == 3 ? "/admin/reload" : "";
  }();
  // What happens meanwhile is asked for by somebody who does not wait.
  std::thread operator_at_work([admin, meanwhile] {
    if (meanwhile.empty()) return;
    try {
      (void)request(admin, "POST", meanwhile);
    } catch (const std::exception&) {
      // The daemon died first.
    }
  });
  std::this_thread::sleep_for(std::chrono::microseconds{draws_() % 60'000});
  std::map<std::string, pid_t> ready;
  for (const auto* role : fleet_under_fire::hot_roles) ready[role] = daemon.child(role);
  const auto fault = record_.begin(std::string{"rolecalld: kill -9 "} + moments[when], {});
  fleet_.kill_daemon();
  operator_at_work.join();
  const auto left = fleet_.processes();
  fleet_.start_daemon();
  record_.noticed(fault);
  record_.end(fault);
  recover(fault);
  for (const auto& [role, pid] : ready)
    if (left.contains(pid) && fleet_.daemon().child(role) != pid)
      record_.wrong_adoption(role + " runs as pid " + std::to_string(fleet_.daemon().child(role)) +
                             ", though pid " + std::to_string(pid) + " was there");
  for (const auto pid : fleet_.daemon().children())
    if (!fleet_.processes().contains(pid) && is_alive(pid))
      record_.wrong_adoption("pid " + std::to_string(pid) + " is none of this fleet's");
  fleet_.look_for_orphans(record_);
}

void injections::garble_registry() {
  const auto good = content(fleet_.registry_file());
  const auto fault = record_.begin("registry: garbage", "nobody");
  std::ofstream(fleet_.registry_file()) << "version: 1\nhost: [\n\tnot yaml";
  const auto answer = fleet_.daemon().admin_post("/admin/reload");
  record_.noticed(fault);
  if (answer.status < 400) record_.not_back("a registry of garbage was taken: " + answer.body);
  std::ofstream(fleet_.registry_file()) << good;
  if (fleet_.daemon().admin_post("/admin/reload").status != 200)
    record_.not_back("the registry, once it was right again, was not taken");
  record_.end(fault);
  recover(fault);
}

std::string injections::unloaded_role() {
  auto& daemon = fleet_.daemon();
  const std::string role = fleet_under_fire::warm_roles[draws_() % 2];
  (void)daemon.admin_post("/admin/roles/" + role + "/unload?wait=true&force=true");
  return role;
}

void injections::take_port() {
  // Clients load the role again at once: the port is taken in a moment when it is free.
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto fault = record_.begin("port: taken by a stranger", {});
    const auto role = unloaded_role();
    const squatter stranger(fleet_.port_of(role));
    if (stranger.holds_port()) {
      wait_until([&] { return chat(fleet_, role).status >= 500; });
      record_.noticed(fault);
    }
    record_.end(fault);
    if (!stranger.holds_port()) continue;
    recover(fault);
    break;
  }
}

void injections::damage_model(const char* kind,
                              const std::function<void(const std::filesystem::path&)>& how) {
  const auto fault = record_.begin(kind, {});
  const auto role = unloaded_role();
  const auto file = fleet_.model_of(role);
  const auto aside = file.string() + ".good";
  std::filesystem::rename(file, aside);
  how(file);
  (void)fleet_.daemon().admin_post("/admin/roles/" + role + "/unload?wait=true&force=true");
  wait_until([&] { return chat(fleet_, role).status >= 500; });
  record_.noticed(fault);
  std::filesystem::rename(aside, file);
  if (!wait_until([&] { return chat(fleet_, role).status == 200; }))
    record_.not_back(role + ", once its model file was right again");
  record_.end(fault);
  recover(fault);
}

void injections::cut_model() {
  damage_model("model file: cut", [](const std::filesystem::path& file) {
    std::filesystem::copy_file(file.string() + ".good", file);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  });
}

void injections::remove_model() {
  damage_model("model file: gone", [](const std::filesystem::path&) {});
}

// No connection is taken and no process started while it lasts; then all goes on.
void injections::use_up_descriptors() {
  const auto pid = fleet_.daemon().pid();
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& each :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    ++open;
  rlimit before{};
  ::prlimit(pid, RLIMIT_NOFILE, nullptr, &before);
  const rlimit none_left{.rlim_cur = open, .rlim_max = before.rlim_max};
  const auto fault = record_.begin("descriptors: none left", {});
  ::prlimit(pid, RLIMIT_NOFILE, &none_left, nullptr);
  const std::string role = fleet_under_fire::hot_roles[draws_() % 2];
  const auto child = fleet_.daemon().child(role);
  ::kill(child, SIGKILL);
  std::this_thread::sleep_for(1s);
  ::prlimit(pid, RLIMIT_NOFILE, &before, nullptr);
  record_.noticed(fault);
  record_.end(fault);
  recover(fault);
}

// The folders of state and logs are on a disk that has no room.
void injections::fill_disk() {
  const auto folder = fleet_.registry_file().parent_path();
  constexpr const char* kind = "disk of state and logs: full";
  for (const auto* name : {"state", "logs"})
    if (::mount("tmpfs", (folder / name).c_str(), "tmpfs", 0, "size=64k") != 0)
      return record_.left_out(kind, "a file system cannot be mounted here");
  const auto fault = record_.begin(kind, {});
  std::ofstream(folder / "state" / "filler") << std::string(1 << 20, 'x');
  std::ofstream(folder / "logs" / "filler") << std::string(1 << 20, 'x');
  const std::string role = fleet_under_fire::hot_roles[draws_() % 2];
  const auto pid = fleet_.daemon().child(role);
  ::kill(pid, SIGKILL);
  wait_until([&] { return fleet_.daemon().child(role) != pid; });
  record_.noticed(fault);
  recover(fault);
  for (const auto* name : {"state", "logs"}) ::umount2((folder / name).c_str(), MNT_DETACH);
  record_.end(fault);
}

}  // namespace rolecall::test
