#include "tests/bench/relay/contestants.hpp"

#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/poller.hpp"
#include "tests/bench/relay/stub_server.hpp"
#include "tests/support/free_ports.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

namespace rolecall::bench {
namespace {

constexpr std::chrono::seconds patience{30};

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

void wait_until(child_process& child, const std::function<bool()>& condition) {
  const auto deadline = clock::now() + patience;
  while (!condition()) {
    throw_if_stopped();
    child.throw_if_ended();
    if (clock::now() > deadline) throw std::runtime_error("a proxy is not ready after 30 s");
    ::poll(nullptr, 0, 5);
  }
}

bool is_healthy(std::uint16_t port) { return get(port, "/health").has_value(); }

std::vector<std::string> stub_arguments(const std::vector<int>& cpus) {
  return {"--bench-cpus", format_cpus(cpus), "--bench-owner", std::to_string(::getpid())};
}

std::filesystem::path own_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace

std::string_view name_of(proxy_kind kind) {
  switch (kind) {
    case proxy_kind::rolecall:
      return "rolecall";
    case proxy_kind::nginx:
      return "nginx";
    case proxy_kind::haproxy:
      return "haproxy";
    case proxy_kind::direct:
      return "direct";
  }
  return {};
}

cpu_plan plan_cpus(std::size_t count, int data_threads) {
  const auto threads = static_cast<std::size_t>(data_threads);
  if (count < threads + 1)
    throw std::runtime_error("cannot measure " + std::to_string(threads) + " data threads on " +
                             std::to_string(count) + " CPUs: load and upstream need one, too");
  cpu_plan plan;
  plan.proxy.resize(threads);
  std::iota(plan.proxy.begin(), plan.proxy.end(), 0);
  plan.upstream = {data_threads};
  plan.load = {count > threads + 1 ? data_threads + 1 : data_threads};
  return plan;
}

contestants::contestants(const std::vector<proxy_kind>& kinds, const programs& found,
                         const cpu_plan& cpus, int data_threads, std::size_t descriptors)
    : cpus_(cpus) {
  const auto takes_part = [&](proxy_kind kind) {
    return std::ranges::find(kinds, kind) != kinds.end();
  };
  upstream_port_ = test::free_ports(1).front();
  const placement p{.folder = folder_.path(),
                    .upstream = upstream_port_,
                    .threads = data_threads,
                    .descriptors = descriptors};
  if (takes_part(proxy_kind::rolecall))
    start_rolecall(found, cpus, p);
  else
    start_stub(cpus);
  if (takes_part(proxy_kind::nginx)) start_nginx(found, cpus, p);
  if (takes_part(proxy_kind::haproxy)) start_haproxy(found, cpus, p);
  running_.push_back({proxy_kind::direct, upstream_port_, nullptr, 0});
}

void contestants::start_rolecall(const programs& found, const cpu_plan& cpus, placement p) {
  const auto ports = test::free_ports(2);
  p.port = ports[0];
  std::filesystem::create_symlink(own_program(), p.folder / "llama-server");
  const auto model = p.folder / "model.gguf";
  child_process maker({"tiny-gguf", "dense", model.string()}, found.tiny_gguf, cpus.proxy,
                      p.folder / "tiny-gguf.log");
  wait_until(maker, [&] { return std::filesystem::exists(model); });

  const auto registry = p.folder / "model_registry.yaml";
  write(registry, rolecall_registry(p, ports[1], cpus.upstream, std::to_string(::getpid())));
  auto daemon = std::make_unique<child_process>(
      std::vector<std::string>{"rolecalld", "--registry", registry.string()}, found.rolecalld,
      cpus.proxy, p.folder / "rolecalld.log");
  wait_until(*daemon, [&] { return get(ports[1], "/readyz").has_value(); });
  const auto engines = children_of(daemon->pid());
  if (engines.size() != 1) throw std::runtime_error("rolecalld has not exactly one engine");
  upstream_ = engines.front();
  const auto pid = daemon->pid();
  running_.push_back({proxy_kind::rolecall, p.port, std::move(daemon), pid});
}

void contestants::start_stub(const cpu_plan& cpus) {
  std::vector<std::string> argv{"llama-server", "--port", std::to_string(upstream_port_)};
  std::ranges::move(stub_arguments(cpus.upstream), std::back_inserter(argv));
  stub_ = std::make_unique<child_process>(argv, own_program(), cpus.upstream,
                                          folder_.path() / "llama-server.log");
  wait_until(*stub_, [&] { return is_healthy(upstream_port_); });
  upstream_ = stub_->pid();
}

void contestants::start_nginx(const programs& found, const cpu_plan& cpus, placement p) {
  p.port = test::free_ports(1).front();
  const auto file = p.folder / "nginx.conf";
  write(file, nginx_configuration(p));
  auto process = std::make_unique<child_process>(
      std::vector<std::string>{"nginx", "-p", p.folder.string(), "-c", file.string(), "-e",
                               (p.folder / "nginx-error.log").string()},
      found.nginx, cpus.proxy, p.folder / "nginx.log");
  wait_until(*process, [&] { return is_healthy(p.port); });
  const auto workers = children_of(process->pid());
  if (workers.size() != 1) throw std::runtime_error("nginx has not exactly one worker");
  running_.push_back({proxy_kind::nginx, p.port, std::move(process), workers.front()});
}

void contestants::start_haproxy(const programs& found, const cpu_plan& cpus, placement p) {
  p.port = test::free_ports(1).front();
  const auto file = p.folder / "haproxy.cfg";
  write(file, haproxy_configuration(p));
  auto process = std::make_unique<child_process>(
      std::vector<std::string>{"haproxy", "-db", "-f", file.string()}, found.haproxy, cpus.proxy,
      p.folder / "haproxy.log");
  wait_until(*process, [&] { return is_healthy(p.port); });
  const auto pid = process->pid();
  running_.push_back({proxy_kind::haproxy, p.port, std::move(process), pid});
}

const contestants::running& contestants::find(proxy_kind kind) const {
  return *std::ranges::find(running_, kind, &running::kind);
}

std::uint16_t contestants::port(proxy_kind kind) const { return find(kind).port; }
pid_t contestants::worker(proxy_kind kind) const { return find(kind).worker; }

}  // namespace rolecall::bench
