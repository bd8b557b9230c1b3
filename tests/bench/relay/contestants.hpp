#pragma once

#include "tests/bench/relay/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::bench {

/// Who relays; `direct` is no proxy at all.
enum class proxy_kind { rolecall, nginx, haproxy, direct };
inline constexpr proxy_kind all_proxies[] = {proxy_kind::rolecall, proxy_kind::nginx,
                                             proxy_kind::haproxy, proxy_kind::direct};
[[nodiscard]] std::string_view name_of(proxy_kind kind);

/// The role that requests name.
inline constexpr std::string_view bench_role = "bench";

/// Which CPUs work for whom. On two CPUs the upstream and the load share one.
struct cpu_plan {
  std::vector<int> proxy;
  std::vector<int> upstream;
  std::vector<int> load;
};
[[nodiscard]] cpu_plan plan_cpus(std::size_t count, int data_threads);

struct programs {
  std::filesystem::path rolecalld;
  std::filesystem::path nginx;
  std::filesystem::path haproxy;
  std::filesystem::path tiny_gguf;
};

/// What a configuration's text depends on.
struct placement {
  std::filesystem::path folder;
  std::uint16_t port = 0;
  std::uint16_t upstream = 0;
  int threads = 1;
  std::size_t descriptors = 0;
};
[[nodiscard]] std::string nginx_configuration(const placement& p);
[[nodiscard]] std::string haproxy_configuration(const placement& p);
/// `upstream_cpus`: of the engine that it starts, which is this program; it ends when the process
/// `owner` does.
[[nodiscard]] std::string rolecall_registry(const placement& p, std::uint16_t admin,
                                            const std::vector<int>& upstream_cpus,
                                            const std::string& owner);

/// The upstream and the proxies before it, running and ready. rolecalld starts the upstream as its
/// engine where it takes part; the others relay to the same process.
class contestants {
 public:
  /// Throws std::runtime_error when one of them does not come up.
  contestants(const std::vector<proxy_kind>& kinds, const programs& found, const cpu_plan& cpus,
              int data_threads, std::size_t descriptors);

  [[nodiscard]] std::uint16_t port(proxy_kind kind) const;
  [[nodiscard]] std::uint16_t upstream_port() const noexcept { return upstream_port_; }
  /// The process that relays; 0 for `direct`.
  [[nodiscard]] pid_t worker(proxy_kind kind) const;
  [[nodiscard]] pid_t upstream() const noexcept { return upstream_; }
  [[nodiscard]] const cpu_plan& cpus() const noexcept { return cpus_; }

 private:
  struct running {
    proxy_kind kind;
    std::uint16_t port;
    std::unique_ptr<child_process> process;
    pid_t worker = 0;
  };
  [[nodiscard]] const running& find(proxy_kind kind) const;
  void start_rolecall(const programs& found, const cpu_plan& cpus, placement p);
  void start_stub(const cpu_plan& cpus);
  void start_nginx(const programs& found, const cpu_plan& cpus, placement p);
  void start_haproxy(const programs& found, const cpu_plan& cpus, placement p);

  cpu_plan cpus_;
  test::temporary_directory folder_;
  std::uint16_t upstream_port_ = 0;
  pid_t upstream_ = 0;
  std::unique_ptr<child_process> stub_;
  std::vector<running> running_;
};

}  // namespace rolecall::bench
