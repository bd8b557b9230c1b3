#include "launcher/cpu_features.hpp"
#include "launcher/engine_backends.hpp"
#include "launcher/write_all.hpp"
#include "orchestrator/access/access_files.hpp"
#include "orchestrator/admin/server.hpp"
#include "orchestrator/banner.hpp"
#include "orchestrator/controller.hpp"
#include "orchestrator/daemon_options.hpp"
#include "orchestrator/dropped_writes.hpp"
#include "orchestrator/host_preparation.hpp"
#include "orchestrator/host_report.hpp"
#include "orchestrator/inheritance.hpp"
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/proxy/server.hpp"
#include "orchestrator/service_notice.hpp"
#include "orchestrator/start_outcome.hpp"
#include "orchestrator/state_lock.hpp"
#include "orchestrator/tracing/request_traces.hpp"
#include "registry/check.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace rolecall {
namespace {

namespace asio = boost::asio;

// In one piece, so that no line of the log gets into it. Who does not read it is no reason to fail.
void say(const std::string& text) { (void)launcher::write_all(STDOUT_FILENO, text); }

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
  log_line(priority::notice, "reload", component::registry)
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

/// Of what lives as long as the daemon, and of what waits for the end of its start.
struct ends {
  asio::cancellation_signal admin;
  asio::cancellation_signal start;
};

asio::awaitable<void> live(asio::io_context& control, controller& fleet, open_doors& doors,
                           hangups& pending, ends& end, service_notice& notice) {
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
  end.start.emit(asio::cancellation_type::terminal);
  co_await shut_down(control, fleet, doors.front, longest_drain(fleet.registry()));
  notice.end();
  end.admin.emit(asio::cancellation_type::terminal);
  log_line(priority::notice, "stopped");
}

std::vector<proxy::role_door> doors_of(const registry::model_registry& registry) {
  std::vector<proxy::role_door> doors;
  for (const auto& role : registry.roles)
    for (const auto& where : role.listen) doors.push_back({.role = role.name, .where = where});
  return doors;
}

/// What the fleet is planned with.
struct host_facts {
  launcher::topology topology;
  launcher::host_memory memory;
  std::filesystem::path root;  ///< where /proc and /sys are found
  registry::byte_count budget = 0;
};

std::vector<engine_facts> facts_of(const engines& known) {
  std::vector<engine_facts> facts;
  for (const auto& [name, engine] : known)
    if (engine)
      facts.push_back({.text = "llama-server " + engine->version + ", " + engine->binary.string()});
    else
      facts.push_back({.text = engine.error(), .is_usable = false});
  return facts;
}

// Blocking: runs each engine once more, which loads its backends for that.
void tell_backends(const engines& known) {
  for (const auto& [name, engine] : known) {
    if (!engine) continue;
    const auto backends = launcher::probe_backends(*engine);
    const auto text = backends ? to_string(*backends) : "unknown: " + backends.error();
    say(backend_text(known.size() == 1 ? text : text + ", " + engine->binary.string(),
                     style_of(STDOUT_FILENO)));
  }
}

// As URLs; addresses for the status go without the scheme that goes without saying.
std::vector<std::string> announced_doors(const proxy::server& front, bool has_tls,
                                         controller& fleet) {
  std::vector<std::string> urls;
  std::vector<std::string> addresses;
  const std::string scheme = has_tls ? "https://" : "http://";
  const auto announce = [&](const registry::tcp_endpoint& where, const std::string& remark) {
    urls.push_back(scheme + to_string(where) + remark);
    addresses.push_back((has_tls ? scheme : "") + to_string(where));
  };
  for (const auto& endpoint : front.endpoints()) announce(endpoint, "");
  for (const auto& door : front.doors()) announce(door.where, " (" + door.role + ")");
  fleet.set_endpoints(addresses);
  return urls;
}

void tell_arrival(const arrival_facts& facts) {
  log_line(facts.trouble.empty() ? priority::notice : priority::error, "started")
      .with("hot_ready", static_cast<std::int64_t>(facts.ready))
      .with("hot_failed", static_cast<std::int64_t>(facts.trouble.size()))
      .with("seconds", facts.elapsed.count());
  say(arrival_text(facts, style_of(STDOUT_FILENO)));
}

void ignore_cancellation(const std::exception_ptr& failure) {
  try {
    rethrow(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
  }
}

int serve(registry::deployment deployment, file_mark mark, access::access_files access,
          const host_facts& host, std::vector<std::string> warnings,
          std::chrono::steady_clock::time_point begun) {
  ::umask(077);
  raise_descriptor_limit();
  std::signal(SIGUSR1, SIG_IGN);  // until there is an access log to open again
  create_directories(deployment.registry.host);

  std::ranges::move(report_host_limits(deployment.registry, host.budget, host.root),
                    std::back_inserter(warnings));
  const auto state_dir = deployment.registry.host.state_dir;
  const auto lock = state_lock::take(state_dir);
  if (!lock) throw std::runtime_error(lock.error());
  auto found = std::async(std::launch::async, examine_recorded, state_dir);

  const auto known = probe_engines(deployment.registry);
  auto learned = read_learned(state_dir);
  auto plan = plan_fleet(std::move(deployment), host.budget, host.topology, known, learned);
  const auto engine = engine_text(plan.deployment.registry, known);

  asio::io_context control(1);
  metrics::catalogue metrics;
  metrics.daemon().build(ROLECALL_VERSION, engine);
  dropped_writes unwritten_records("instance_record", metrics);
  supervision::record_folder records(supervision::record_folder_in(state_dir),
                                     [&unwritten_records](const std::string& problem) {
                                       if (problem.empty())
                                         unwritten_records.succeeded();
                                       else
                                         unwritten_records.failed(problem);
                                     });
  tracing::request_traces traces(
      static_cast<std::size_t>(plan.deployment.registry.host.data_threads));
  controller fleet(control, std::move(plan), {ROLECALL_VERSION, engine, host.memory, host.root},
                   std::move(learned), records, metrics, traces);
  // Before anybody can connect, so that no request meets a fleet that does not know itself yet.
  fleet.adopt(found.get());
  const auto& settings = fleet.registry().host;
  proxy::server front_door({.listen = settings.listen,
                            .doors = doors_of(fleet.registry()),
                            .threads = settings.data_threads,
                            .max_request_body = settings.max_request_body,
                            .access = access,
                            .access_log = settings.access_log},
                           fleet.routes(), fleet, fleet, metrics, &traces);
  fleet.follow([&front_door] { return front_door.pulses(); });
  admin::server admin_door(control.get_executor(), settings.admin, fleet, access.operators);

  const diagnosis_facts diagnosis{
      .engines = facts_of(known),
      .memory = host.memory.limit(),
      .warnings = std::move(warnings),
      .listen = announced_doors(front_door, access.tls != nullptr, fleet),
      .admin = admin_door.endpoints()};
  say(diagnosis_text(diagnosis, fleet.plan(), style_of(STDOUT_FILENO)));
  const auto examined = std::async(std::launch::async, tell_backends, std::cref(known));

  open_doors doors{front_door, admin_door};
  registry_source source(std::filesystem::absolute(fleet.registry().file), host.memory.limit(),
                         host.topology, std::move(access));
  fleet.follow(source, std::move(mark), std::bind_front(renew, std::ref(doors)));
  hangups pending;
  ends end;
  asio::co_spawn(control, admin_door.run(),
                 asio::bind_cancellation_slot(end.admin.slot(), rethrow));
  service_notice notice(control.get_executor(),
                        [&fleet] { return ready_text(*fleet.role_states()); });
  asio::co_spawn(control, live(control, fleet, doors, pending, end, notice), rethrow);
  front_door.start();
  fleet.launch();
  asio::co_spawn(control, notice.run(), rethrow);  // after those that it tells of
  const auto tell = [&diagnosis, begun](const start_outcome& outcome) {
    tell_arrival({.ready = outcome.ready,
                  .trouble = outcome.trouble,
                  .elapsed = std::chrono::steady_clock::now() - begun,
                  .listen = diagnosis.listen,
                  .admin = diagnosis.admin});
  };
  asio::co_spawn(control, await_start(fleet, tell),
                 asio::bind_cancellation_slot(end.start.slot(), ignore_cancellation));
  try {
    control.run();
  } catch (...) {
    fleet.log_children();
    throw;
  }
  return 0;
}

// What is wrong with a registry that is not served is for people: as editors jump to it.
void tell(const registry::diagnostics& notes, bool is_logged) {
  for (const auto& note : notes) {
    const bool is_error = note.level == registry::diagnostic::severity::error;
    if (is_logged)
      log_line(is_error ? priority::error : priority::warning, "registry_note", component::registry)
          .with("note", to_string(note));
    else
      std::cerr << to_string(note) << '\n';
  }
}

// Errors are told with the roles that they concern.
std::vector<std::string> warnings_of(const registry::diagnostics& notes) {
  std::vector<std::string> texts;
  for (const auto& note : notes)
    if (note.level == registry::diagnostic::severity::warning)
      texts.push_back((note.line > 0 ? "line " + std::to_string(note.line) + ": " : "") +
                      note.message);
  return texts;
}

int run(const daemon_options& chosen) {
  const auto begun = std::chrono::steady_clock::now();
  const auto file = registry::find_file(chosen.registry);
  // Tests put another host's memory here.
  const char* const other_root = std::getenv("ROLECALL_HOST_ROOT");
  host_facts host{.topology = launcher::read_topology("/"),
                  .memory = {},
                  .root = other_root == nullptr ? "/" : other_root};
  if (!chosen.check) {
    std::signal(SIGPIPE, SIG_IGN);  // whoever reads what is said may leave
    host.topology.instances_cgroup = usable_cgroup(chosen.cgroup);
  }
  host.memory = launcher::read_host_memory(host.root);
  const auto mark = mark_of(file);
  auto read = registry::read_file(file);
  if (read.value) {
    host.budget = registry::auto_budget(read.value->host.memory, host.memory.limit());
    if (!chosen.check)
      say(opening_text(ROLECALL_VERSION, *read.value, host.topology,
                       launcher::read_cpu_features("/"), style_of(STDOUT_FILENO)));
  }
  auto checked = chosen.offline ? registry::check_offline(std::move(read))
                                : registry::check_models(std::move(read), host.budget);
  const auto access = chosen.offline ? access::access_files{} : check_access(checked);
  tell(checked.notes, !chosen.check && (checked.value || chosen.log_format == "json"));
  if (chosen.check) {
    std::cout << file.string() << ": " << registry::summary(checked) << '\n';
    return has_errors(checked.notes) ? 1 : 0;
  }
  if (!checked.value) return 1;
  return serve(*std::move(checked.value), mark, access, host, warnings_of(checked.notes), begun);
}

/// The exit code of a command line that asks for nothing to be run.
std::optional<int> parse(int argc, char** argv, daemon_options& chosen) {
  CLI::App app;
  define(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

// Both texts were checked when they were parsed.
void use_log(const daemon_options& chosen) {
  log_line::use(form_for_stderr(*find_log_format(chosen.log_format)));
  if (chosen.log_level.empty()) return;
  const auto settings = parse_log_levels(chosen.log_level);
  for (const auto& setting : *settings) set_log_level(setting);
}

}  // namespace
}  // namespace rolecall

int main(int argc, char** argv) {
  rolecall::daemon_options chosen;
  try {
    if (const auto code = rolecall::parse(argc, argv, chosen)) return *code;
    rolecall::use_log(chosen);
    return rolecall::run(chosen);
  } catch (const std::exception& failure) {
    if (chosen.log_format == "json")
      rolecall::log_line(rolecall::priority::error, "fatal").with("reason", failure.what());
    else
      std::cerr << "rolecalld: " << failure.what() << '\n';
    return 1;
  }
}
