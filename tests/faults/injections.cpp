#include "tests/faults/injections.hpp"

#include "tests/faults/wait_until.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rolecall::test {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

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

void injections::one_of_each(std::string_view only) {
  using injection = void (injections::*)();
  static constexpr std::pair<std::string_view, injection> all[] = {
      {"SIGKILL", &injections::signal_child<SIGKILL>},
      {"SIGSEGV", &injections::signal_child<SIGSEGV>},
      {"SIGABRT", &injections::signal_child<SIGABRT>},
      {"SIGSTOP", &injections::signal_child<SIGSTOP>},
      {"registry", &injections::garble_registry},
      {"port", &injections::take_port},
      {"cut model", &injections::cut_model},
      {"gone model", &injections::remove_model},
      {"descriptors", &injections::use_up_descriptors},
      {"disks", &injections::fill_disks},
      {"processes", &injections::refuse_forks},
      {"clock", &injections::turn_clock},
      {"kill -9", &injections::kill_daemon},
      {"memory", &injections::starve_of_memory},
  };
  for (const auto& [name, inject] : all)
    if (name.find(only) != std::string_view::npos) (this->*inject)();
}

void injections::recover(fault_record::ticket fault) {
  if (fleet_.hot_roles_come_back())
    record_.mended(fault);
  else
    record_.not_back("HOT roles, two minutes after a fault: " +
                     fleet_.daemon().admin_get("/readyz").body);
}

template <int Signal>
void injections::signal_child() {
  const auto role = next_hot_role();
  auto& daemon = fleet_.daemon();
  if (!fleet_.hot_roles_come_back()) return record_.not_back(role + " before a fault");
  const auto pid = daemon.child(role);
  const auto fault = record_.begin(std::string{"child: SIG"} + ::sigabbrev_np(Signal), {role});
  if (pid != 0) ::kill(pid, Signal);
  if (wait_until([&] { return daemon.child(role) != pid || daemon.state(role) != "ready"; }))
    record_.noticed(fault);
  else
    record_.not_back(role + ": nobody notices");
  if (!wait_until([&] { return !is_alive(pid); })) record_.not_back(role + ": its process stays");
  record_.end(fault);
  recover(fault);
}

void injections::kill_daemon() {
  enum phase { at_rest, loading, evicting, reloading };
  constexpr std::array names = {"at rest", "within a load", "within an eviction",
                                "within a reload"};
  if (!fleet_.hot_roles_come_back()) return record_.not_back("HOT roles before a kill -9");
  const auto when = static_cast<phase>(draws_() % names.size());
  auto& daemon = fleet_.daemon();
  const auto admin = daemon.admin();
  if (when == loading) unload("left");
  if (when == evicting) (void)daemon.admin_post("/admin/roles/left/load?wait=true");
  if (when == reloading) change_registry();
  const std::string meanwhile = when == loading     ? "/admin/roles/left/load"
                                : when == evicting  ? "/admin/roles/right/load?force=true"
                                : when == reloading ? "/admin/reload"
                                                    : "";
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
  for (const auto* role : fleet_under_fire::hot_roles)
    // The one that the reload changes may be another process afterwards.
    if (when != reloading || role != std::string_view{"back"}) ready[role] = daemon.child(role);
  const auto fault = record_.begin(std::string{"rolecalld: kill -9 "} + names[when], everybody());
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
    // One that begins or ends shows no command line for a moment.
    if (!wait_until([&] { return fleet_.processes().contains(pid) || !is_alive(pid); }))
      record_.wrong_adoption("pid " + std::to_string(pid) + " is none of this fleet's");
  fleet_.look_for_orphans(record_);
}

void injections::change_registry() {
  constexpr std::string_view much = "model: back, tier: hot, context: 4096";
  constexpr std::string_view little = "model: back, tier: hot, context: 2048";
  auto text = file_text(fleet_.registry_file());
  const bool has_much = text.find(much) != std::string::npos;
  const auto present = has_much ? much : little;
  text.replace(text.find(present), present.size(), has_much ? little : much);
  std::ofstream(fleet_.registry_file()) << text;
}

void injections::garble_registry() {
  const auto good = file_text(fleet_.registry_file());
  const auto fault = record_.begin("registry: garbage", {});
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

std::vector<std::string> injections::everybody() {
  return {std::begin(fleet_under_fire::all_roles), std::end(fleet_under_fire::all_roles)};
}

pid_t injections::kill_child(const std::string& role) {
  pid_t pid = 0;
  if (wait_until([&] { return (pid = fleet_.daemon().child(role)) != 0; }))
    ::kill(pid, SIGKILL);
  else
    record_.not_back(role + " has no process");
  return pid;
}

std::string injections::next_hot_role() {
  constexpr int most_ends = 3;
  const auto least = [this] {
    return *std::ranges::min_element(fleet_under_fire::hot_roles, {},
                                     [this](const auto* role) { return ends_of_late_[role]; });
  };
  if (ends_of_late_[least()] == most_ends) {
    std::this_thread::sleep_for(61s);
    ends_of_late_.clear();
  }
  const std::string role = least();
  ++ends_of_late_[role];
  return role;
}

std::string injections::any_warm_role() { return fleet_under_fire::warm_roles[draws_() % 2]; }

void injections::unload(const std::string& role) {
  const auto fault = record_.begin("role: unloaded by force", {role});
  (void)fleet_.daemon().admin_post("/admin/roles/" + role + "/unload?wait=true&force=true");
  record_.end(fault);
}

void injections::wait_until_ready(const std::string& role) {
  if (!wait_until([&] { return fleet_.daemon().state(role) == "ready"; }))
    record_.not_back(role + " is " + fleet_.daemon().state(role));
}

void injections::take_port() {
  const auto role = any_warm_role();
  const auto fault = record_.begin("port: taken by a stranger", {role});
  // Clients load the role again at once: the port is taken in a moment when it is free.
  std::optional<squatter> stranger;
  const bool is_taken = wait_until([&] {
    unload(role);
    stranger.emplace(fleet_.port_of(role));
    return stranger->holds_port();
  });
  if (is_taken && wait_until([&] { return chat(fleet_, role).status >= 500; }))
    record_.noticed(fault);
  else
    record_.not_back(role + " answers though a stranger has its port");
  stranger.reset();
  if (!wait_until([&] { return chat(fleet_, role).status == 200; }))
    record_.not_back(role + ", once its port was free again");
  record_.end(fault);
  recover(fault);
}

void injections::damage_model(const char* kind,
                              const std::function<void(const std::filesystem::path&)>& how) {
  const auto role = any_warm_role();
  const auto fault = record_.begin(kind, {role});
  unload(role);
  const auto file = fleet_.model_of(role);
  const auto aside = file.string() + ".good";
  std::filesystem::rename(file, aside);
  how(file);
  unload(role);
  if (wait_until([&] { return chat(fleet_, role).status >= 500; }))
    record_.noticed(fault);
  else
    record_.not_back(role + " answers though its model file is no good");
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

}  // namespace rolecall::test
