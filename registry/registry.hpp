#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rolecall::registry {

using byte_count = std::uint64_t;

/// Where in the registry's text a value was written; both 1-based.
struct position {
  int line = 0;
  int column = 0;
};

enum class tier { hot, warm, draft };
enum class numa_policy { none, interleave, preferred, membind };
enum class flash_attention { on, off, automatic };
enum class load_mode { automatic, none, mmap, mlock, mmap_mlock, dio };
enum class exit_policy { keep, stop };
/// Which idle WARM role leaves first among those of one priority.
enum class eviction_order { lru, load_cost };

/// Which of a role's instances gets a request.
enum class replica_routing { least_busy, affinity, probe_first };

/// "hot", "warm", "draft".
[[nodiscard]] std::string_view name_of(tier value) noexcept;

/// Where a role's memory and threads live. `nodes` is "all" or a list such as "0,2-3"; `cpus` is
/// empty (every CPU of the nodes) or a list such as "0-47,96-143".
struct numa_placement {
  numa_policy policy = numa_policy::interleave;
  std::string nodes = "all";
  std::string cpus;

  bool operator==(const numa_placement&) const = default;
};

/// ggml type names llama-server takes for --cache-type-k and --cache-type-v.
struct kv_cache_types {
  std::string k = "f16";
  std::string v = "f16";

  bool operator==(const kv_cache_types&) const = default;
};

struct timeouts {
  std::chrono::seconds ready_stall{60};  ///< a load without progress for this long has failed
  std::chrono::seconds first_byte{600};  ///< from forwarding a request to its first answer byte
  std::chrono::seconds idle{600};        ///< between two bytes of an answer
  std::optional<std::chrono::seconds> total;  ///< from a request to its last byte; nullopt: any
  std::optional<std::chrono::seconds> idle_unload;  ///< WARM only; nullopt: never
  std::chrono::seconds drain{30};  ///< running requests may end within this time before TERM
  std::chrono::seconds stop{10};   ///< grace period between TERM and KILL
  /// A ready process that neither answers nor works for this long is restarted; nullopt: never.
  std::optional<std::chrono::seconds> wedged = std::chrono::seconds{60};

  bool operator==(const timeouts&) const = default;
};

/// Waiting for a role that is not ready, or busy.
struct queue_limits {
  int limit = 64;                      ///< waiters per role; one more is refused with 429
  std::chrono::seconds deadline{600};  ///< the longest a request waits for admission
  bool comments = false;               ///< streaming clients that wait are told how far the load is

  bool operator==(const queue_limits&) const = default;
};

struct moe_override {
  int experts = 0;  ///< experts used per token
  std::optional<std::string>
      override_key;  ///< stated by the registry; otherwise follows from the architecture

  bool operator==(const moe_override&) const = default;
};

struct speculation {
  std::optional<std::string> draft;  ///< name of a role of tier draft
  int max = 16;                      ///< K: tokens drafted at most
  bool lookup = false;               ///< n-gram lookup in the prompt

  bool operator==(const speculation&) const = default;
};

/// What each instance of a role may take of the host, by a control group (cgroup v2) of its own.
struct cgroup_limits {
  std::optional<byte_count> memory_high = std::nullopt;  ///< above it the kernel takes pages back
  std::optional<byte_count> memory_max = std::nullopt;   ///< above it the kernel kills
  std::optional<int> cpu_weight = std::nullopt;          ///< 1 … 10000; 100 is everybody's
  std::string allowed_cpus = {};                         ///< "0-47"; empty: all

  [[nodiscard]] bool any() const noexcept {
    return memory_high || memory_max || cpu_weight || !allowed_cpus.empty();
  }
  bool operator==(const cgroup_limits&) const = default;
};

/// Expert weights kept on the CPU: every layer's, or the first n layers'.
struct cpu_moe_all {
  bool operator==(const cpu_moe_all&) const = default;
};
struct cpu_moe_layers {
  int n = 0;
  bool operator==(const cpu_moe_layers&) const = default;
};
using cpu_moe = std::variant<std::monostate, cpu_moe_all, cpu_moe_layers>;

struct model {
  std::string name;
  std::filesystem::path path;  ///< as written: absolute, or relative to one of host.model_dirs
  std::optional<std::filesystem::path> mmproj;  ///< beside `path` unless absolute
  std::string quant;
  std::optional<int> min_experts;  ///< fewest experts per token that were seen to work
  std::string note;                ///< shown to operators, never interpreted
  position where;
};

/// A TCP address `127.0.0.1:8070` or a path `unix:/run/rolecall/admin.sock`.
struct tcp_endpoint {
  std::string address;
  std::uint16_t port = 0;
  bool operator==(const tcp_endpoint&) const = default;
};
struct unix_endpoint {
  std::filesystem::path path;
  bool operator==(const unix_endpoint&) const = default;
};
using endpoint = std::variant<tcp_endpoint, unix_endpoint>;

/// "127.0.0.1:8070", "[::1]:8070".
[[nodiscard]] std::string to_string(const tcp_endpoint& where);
/// Whether only this machine can reach the address: 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const tcp_endpoint& where);

struct role {
  std::string name;
  std::string model;  ///< name in registry::models; of the sharing target when `shares` is set
  registry::tier tier = tier::warm;
  std::vector<std::uint16_t> ports;   ///< one instance each; empty for tier draft and for `shares`
  std::optional<std::string> shares;  ///< role whose processes serve this one too
  std::vector<tcp_endpoint> listen;   ///< doors of its own: what comes there is for this role
  std::vector<std::string> aliases;
  std::string description;
  int priority = 0;  ///< of two idle WARM roles, the one of lower priority leaves first
  std::optional<double> expected_speed;  ///< tokens per second that the operator counts on

  int threads = 0;  ///< 0: as many as the placement has physical cores
  numa_placement numa;
  int context = 4096;  ///< tokens, total over slots
  int slots = 1;
  int concurrency = 0;  ///< requests that an instance is given at once; 0: as many as slots
  replica_routing routing = replica_routing::least_busy;
  kv_cache_types kv_cache;
  registry::flash_attention flash_attention = flash_attention::automatic;
  registry::load_mode load_mode = load_mode::mmap;
  /// Weights may be copied into a layout that the CPU computes faster on; copies are not shared.
  bool repack = true;
  byte_count cache_ram = 0;  ///< host-memory prompt cache per process
  int checkpoints =
      8;  ///< per slot: states kept to go back to, of models that cannot forget tokens
  int gpu_layers = 0;
  std::optional<moe_override> moe;
  std::optional<speculation> speculative;
  registry::cpu_moe cpu_moe;
  bool embeddings = false;
  std::string pooling;  ///< empty: the model's own
  std::vector<std::string> extra_args;
  std::optional<std::filesystem::path> llama_server;
  registry::timeouts timeouts;
  queue_limits queue;
  cgroup_limits cgroup;
  position where;
};

struct memory_settings {
  std::optional<byte_count> budget;  ///< nullopt: auto = total − os_reserve − safety
  byte_count os_reserve = 16ULL << 30;
  double safety = 0.15;  ///< share of the total, 0 … 0.9
  /// Below this much MemAvailable nothing is loaded and idle WARM roles leave; nullopt: auto, 1/64
  /// of the total and at most 4 GiB.
  std::optional<byte_count> floor = std::nullopt;
  eviction_order eviction = eviction_order::lru;

  bool operator==(const memory_settings&) const = default;
};

/// PEM files.
struct tls_files {
  std::filesystem::path certificate;  ///< with its chain
  std::filesystem::path key;
};

struct host_settings {
  std::vector<tcp_endpoint> listen;
  std::vector<endpoint> admin;
  std::optional<std::filesystem::path> api_keys;    ///< of the front door's clients
  std::optional<std::filesystem::path> admin_keys;  ///< of the admin endpoints' clients
  bool insecure = false;         ///< doors without keys may be reached from other hosts
  std::optional<tls_files> tls;  ///< of the front door and the roles' doors
  std::optional<std::filesystem::path> access_log;
  memory_settings memory;
  std::filesystem::path llama_server = "llama-server";
  std::vector<std::filesystem::path> model_dirs;
  std::filesystem::path state_dir = "/var/lib/rolecall";
  std::filesystem::path log_dir = "/var/log/rolecall";
  byte_count log_limit = 16ULL << 20;  ///< per instance; the file before it is kept as .1
  exit_policy on_exit = exit_policy::stop;
  std::optional<std::string> default_role;
  int data_threads = 1;
  byte_count max_request_body = 64ULL << 20;
  std::chrono::seconds patience{
      15};  ///< a waiter this old closes a busy WARM role's gate, so that its turn comes
};

/// Whether a target may use a draft. Patterns are model names with `*`.
struct compatibility_rule {
  std::string target;
  std::string draft;
  bool allowed = false;
  std::optional<int> max;  ///< K known to work for an allowed pair
  std::string reason;
  position where;
};

/// One process: a role and one of its ports. `name` is the role's, with `-1`, `-2` … when it has
/// several ports.
struct instance {
  std::string name;
  std::string role;
  std::uint16_t port = 0;
  bool operator==(const instance&) const = default;
};

/// model_registry.yaml as immutable values. Vectors keep the order of the text. A role that
/// `shares` is the serving role's value with its own name, aliases, description and queue, and
/// without ports.
struct model_registry {
  std::filesystem::path file;
  host_settings host;
  std::vector<model> models;
  std::vector<role> roles;
  std::vector<compatibility_rule> compatibility;
  std::map<std::string, position, std::less<>>
      places{};  ///< where keys were written: "roles.frontdoor.port"

  /// Where `path` was written, or else the nearest that holds it ("roles.frontdoor", "roles").
  [[nodiscard]] position place(std::string_view path) const noexcept;

  [[nodiscard]] const role* find_role(std::string_view name) const noexcept;
  [[nodiscard]] const model* find_model(std::string_view name) const noexcept;

  /// Role whose processes serve `r`: the target of `shares`, or `r` itself.
  [[nodiscard]] const role& serving_role(const role& r) const;

  /// The draft model of a role that speculates with one; nullptr otherwise.
  [[nodiscard]] const model* draft_model(const role& r) const noexcept;

  /// Processes of one role, in port order; empty for drafts and sharing roles.
  [[nodiscard]] static std::vector<instance> instances(const role& r);
  /// Processes of all roles, in registry order.
  [[nodiscard]] std::vector<instance> instances() const;
};

}  // namespace rolecall::registry
