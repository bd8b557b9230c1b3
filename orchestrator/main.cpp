#include "orchestrator/access/access_files.hpp"
#include "orchestrator/admin/server.hpp"
#include "orchestrator/banner.hpp"
#include "orchestrator/controller.hpp"
#include "orchestrator/dropped_writes.hpp"
#include "orchestrator/host_report.hpp"
#include "orchestrator/log_line.hpp"
#include "orchestrator/proxy/server.hpp"
#include "orchestrator/service_notice.hpp"
#include "orchestrator/state_file.hpp"
#include "orchestrator/state_lock.hpp"
#include "registry/check.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <system_error>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

namespace rolecall {
namespace {

namespace asio = boost::asio;

struct options {
  std::filesystem::path registry;
  std::filesystem::path cgroup;
  bool check = false;
  bool offline = false;
};

void create_private_directory(const std::filesystem::path& directory, const char* key) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure)
    throw std::system_error(failure,
                            "cannot create host." + std::string{key} + " " + directory.string());
}

// A disk that has no room for it costs the instances' output, not the service.
void create_log_directory(const std::filesystem::path& directory) {
  try {
    create_private_directory(directory, "log_dir");
  } catch (const std::system_error& failure) {
    const int error = failure.code().value();
    if (error != ENOSPC && error != EDQUOT && error != EROFS) throw;
    log_line(priority::warning, "no_log_dir").with("reason", failure.what());
  }
}

// Streams and children need descriptors; the hard limit is what the operator allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::chrono::seconds longest_drain(const registry::model_registry& registry) {
  std::chrono::seconds longest{0};
  for (const auto& role : registry.roles) longest = std::max(longest, role.timeouts.drain);
  return longest;
}

// Doors close and processes drain at the same time: requests in flight hold the processes, waiters
// are refused. Kept processes are left when the requests that they serve have ended.
asio::awaitable<void> shut_down(asio::io_context& control, controller& fleet,
                                proxy::server& front_door, std::chrono::seconds drain) {
  asio::steady_timer closed(control, asio::steady_timer::time_point::max());
  bool is_closed = false;
  std::jthread closing([&] {
    front_door.stop(std::chrono::steady_clock::now() + drain);
    asio::post(control, [&] {
      is_closed = true;
      closed.cancel();
    });
  });
  const bool keep = fleet.registry().host.on_exit == registry::exit_policy::keep;
  if (keep)
    fleet.refuse_waiters();
  else
    co_await fleet.shut_down();
  while (!is_closed) co_await closed.async_wait(asio::as_tuple(asio::use_awaitable));
  if (keep) co_await fleet.leave();
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

struct open_doors {
  proxy::server& front;
  admin::server& admin;
};

// After a reload.
void renew(open_doors& doors, std::shared_ptr<const proxy::routing_table> routes,
           const access::access_files& access) {
  doors.front.use(std::move(routes));
  doors.front.use(access);
  doors.admin.use(access.operators);
  const auto count = [](const std::shared_ptr<const access::key_ring>& keys) {
    return keys ? static_cast<std::int64_t>(keys->size()) : 0;
  };
  log_line(priority::notice, "reload")
      .with("api_keys", count(access.clients))
      .with("admin_keys", count(access.operators))
      .with("certificate_valid_until", access.tls ? access.tls->valid_until() : "");
}

/// SIGHUPs that want a reload. However many come while the file is read, one more serves them all.
struct hangups {
  bool are_served = false;
  bool is_new = false;
};

asio::awaitable<void> serve_hangups(hangups& pending, controller& fleet, service_notice& notice) {
  notice.reloading();
  while (std::exchange(pending.is_new, false)) co_await fleet.reload_in_turn();
  notice.reloaded();
  pending.are_served = false;
}

asio::awaitable<void> live(asio::io_context& control, controller& fleet, open_doors& doors,
                           hangups& pending, asio::cancellation_signal& end_admin,
                           service_notice& notice) {
  asio::signal_set signals(control, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  int signal = 0;
  while (true) {
    signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal != SIGHUP && signal != SIGUSR1) break;
    doors.front.reopen_access_log();
    if (signal == SIGUSR1) continue;
    pending.is_new = true;
    // Beside this loop: disks may take their time, and SIGTERM does not wait.
    if (!std::exchange(pending.are_served, true))
      asio::co_spawn(control, serve_hangups(pending, fleet, notice), rethrow);
  }
  log_line(priority::notice, "shutdown").with("signal", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  notice.stopping();
  co_await shut_down(control, fleet, doors.front, longest_drain(fleet.registry()));
  notice.end();
  end_admin.emit(asio::cancellation_type::terminal);
  log_line(priority::notice, "stopped");
}

// Told once; roles that ask for limits are refused with their own reason.
std::filesystem::path usable_cgroup(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  const auto problem = launcher::open_cgroup(folder);
  if (problem.empty()) return folder;
  log_line(priority::warning, "no_cgroup").with("reason", problem);
  return {};
}

// What earlier daemons measured. A file that cannot be read is put aside, not overwritten: the
// fleet starts from estimates.
memory::learned_footprints read_learned(const std::filesystem::path& file) {
  const auto put_aside = [&](const std::string& reason) {
    auto aside = file;
    aside += ".unreadable";
    std::error_code ignored;
    std::filesystem::rename(file, aside, ignored);
    log_line(priority::warning, "learned_footprints_unreadable")
        .with("file", file.string())
        .with("reason", reason)
        .with("kept_as", ignored ? "" : aside.string());
    return memory::learned_footprints{};
  };
  const auto text = read_state_file(file);
  if (!text) return put_aside(text.error());
  if (text->empty()) return {};
  auto learned = memory::learned_footprints::parse(*text);
  if (!learned) return put_aside(learned.error());
  return *std::move(learned);
}

std::vector<supervision::recorded_process> examine_recorded(
    const std::filesystem::path& state_dir) {
  auto read = supervision::read_records(supervision::record_folder_in(state_dir));
  for (const auto& problem : read.problems)
    log_line(priority::warning, "record_unreadable").with("reason", problem);
  return supervision::examine(std::move(read.records));
}

std::vector<proxy::role_door> doors_of(const registry::model_registry& registry) {
  std::vector<proxy::role_door> doors;
  for (const auto& role : registry.roles)
    for (const auto& where : role.listen) doors.push_back({.role = role.name, .where = where});
  return doors;
}

int serve(registry::deployment deployment, file_mark mark, access::access_files access,
          const launcher::topology& host, const launcher::host_memory& memory,
          const std::filesystem::path& host_root, registry::byte_count budget) {
  ::umask(077);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGUSR1, SIG_IGN);  // until there is an access log to open again
  const auto& settings = deployment.registry.host;
  create_private_directory(settings.state_dir, "state_dir");
  create_log_directory(settings.log_dir);

  report_host_limits(deployment.registry, budget, host_root);
  const auto lock = state_lock::take(settings.state_dir);
  if (!lock) throw std::runtime_error(lock.error());
  auto found = std::async(std::launch::async, examine_recorded, settings.state_dir);

  const auto known = probe_engines(deployment.registry);
  auto learned = read_learned(settings.state_dir / memory::learned_footprints_file);
  auto plan = plan_fleet(std::move(deployment), budget, host, known, learned);
  const auto& registry = plan.deployment.registry;
  const banner_facts facts{.version = ROLECALL_VERSION,
                           .engine = engine_text(registry, known),
                           .listen = {},
                           .admin = {}};

  asio::io_context control(1);
  metrics::catalogue metrics;
  metrics.build_info(facts.version, facts.engine);
  dropped_writes unwritten_records("instance_record", metrics);
  supervision::record_folder records(supervision::record_folder_in(registry.host.state_dir),
                                     [&unwritten_records](const std::string& problem) {
                                       if (problem.empty())
                                         unwritten_records.succeeded();
                                       else
                                         unwritten_records.failed(problem);
                                     });
  controller fleet(control, std::move(plan), {facts.version, facts.engine, memory, host_root},
                   std::move(learned), records, metrics);
  // Before anybody can connect, so that no request meets a fleet that does not know itself yet.
  fleet.adopt(found.get());
  const auto& host_settings = fleet.registry().host;
  proxy::server front_door({.listen = host_settings.listen,
                            .doors = doors_of(fleet.registry()),
                            .threads = host_settings.data_threads,
                            .max_request_body = host_settings.max_request_body,
                            .access = access,
                            .access_log = host_settings.access_log},
                           fleet.routes(), fleet, fleet, metrics);
  admin::server admin_door(control.get_executor(), host_settings.admin, fleet, access.operators);

  auto announced = facts;
  std::vector<std::string> addresses;  // without the scheme that goes without saying
  const std::string scheme = access.tls ? "https://" : "http://";
  const auto announce = [&](const registry::tcp_endpoint& where, const std::string& remark) {
    announced.listen.push_back(scheme + to_string(where) + remark);
    addresses.push_back((access.tls ? scheme : "") + to_string(where));
  };
  for (const auto& endpoint : front_door.endpoints()) announce(endpoint, "");
  for (const auto& door : front_door.doors()) announce(door.where, " (" + door.role + ")");
  announced.admin = admin_door.endpoints();
  fleet.set_endpoints(addresses);
  print_banner(std::cout, announced, fleet.plan(), host);

  open_doors doors{front_door, admin_door};
  registry_source source(std::filesystem::absolute(fleet.registry().file), memory.limit(), host,
                         std::move(access));
  fleet.follow(source, std::move(mark), std::bind_front(renew, std::ref(doors)));
  hangups pending;
  asio::cancellation_signal end_admin;
  asio::co_spawn(control, admin_door.run(),
                 asio::bind_cancellation_slot(end_admin.slot(), rethrow));
  service_notice notice(control.get_executor(),
                        [&fleet] { return ready_text(*fleet.role_states()); });
  asio::co_spawn(control, live(control, fleet, doors, pending, end_admin, notice), rethrow);
  front_door.start();
  fleet.launch();
  asio::co_spawn(control, notice.run(), rethrow);  // after those that it tells of
  try {
    control.run();
  } catch (...) {
    fleet.log_children();
    throw;
  }
  return 0;
}

int run(const options& chosen) {
  const auto file = registry::find_file(chosen.registry);
  auto host = launcher::read_topology("/");
  if (!chosen.check) host.instances_cgroup = usable_cgroup(chosen.cgroup);
  // Tests put another host's memory here.
  const char* const other_root = std::getenv("ROLECALL_HOST_ROOT");
  const std::filesystem::path host_root = other_root == nullptr ? "/" : other_root;
  const auto memory = launcher::read_host_memory(host_root);
  const auto mark = mark_of(file);
  auto read = registry::read_file(file);
  const auto budget =
      read.value ? registry::auto_budget(read.value->host.memory, memory.limit()) : 0;
  auto checked = chosen.offline ? registry::check_offline(std::move(read))
                                : registry::check_models(std::move(read), budget);
  const auto access = chosen.offline ? access::access_files{} : check_access(checked);
  for (const auto& note : checked.notes) std::cerr << to_string(note) << '\n';
  if (chosen.check) {
    std::cout << file.string() << ": " << registry::summary(checked) << '\n';
    return has_errors(checked.notes) ? 1 : 0;
  }
  if (!checked.value) return 1;
  return serve(*std::move(checked.value), mark, access, host, memory, host_root, budget);
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "rolecalld keeps a fleet of llama-server processes resident and relays requests to them by "
      "role.",
      "rolecalld"};
  options chosen;
  app.add_option("--registry", chosen.registry,
                 "Registry to serve (default: $ROLECALL_REGISTRY, ./model_registry.yaml, "
                 "/etc/rolecall/model_registry.yaml)");
  app.add_flag("--check", chosen.check,
               "Validate the registry and its models, print what is wrong, exit 1 on errors");
  app.add_flag("--offline", chosen.offline, "With --check: leave out what needs the model files")
      ->needs("--check");
  app.add_option("--cgroup", chosen.cgroup,
                 "Control group (cgroup v2) to make one for each instance in, such as that of "
                 "rolecall-instances.service")
      ->envname("ROLECALL_CGROUP");
  app.set_version_flag("--version", "rolecalld " ROLECALL_VERSION);
  app.footer(
      "Signals: SIGTERM or SIGINT drains requests, stops every llama-server (`on_exit: keep`: "
      "leaves "
      "them to\n"
      "the next rolecalld, which adopts them) and exits; SIGHUP reads the registry, key "
      "files\n"
      "and the certificate again and opens the access log anew; SIGUSR1 does the last alone.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(chosen);
}

}  // namespace
}  // namespace rolecall

int main(int argc, char** argv) {
  try {
    return rolecall::parse_and_run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "rolecalld: " << failure.what() << '\n';
    return 1;
  }
}
