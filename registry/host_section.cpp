#include "registry/host_section.hpp"

namespace rolecall::registry {
namespace {

constexpr std::int64_t gibibyte = 1LL << 30;
constexpr std::int64_t tebibyte = 1LL << 40;
constexpr std::int64_t day = 24 * 3600;

const section& memory_section() {
  static const section value{
      "host.memory",
      "How much memory the fleet may reserve.",
      {
          {"budget", value_kind::bytes_or_auto, "auto",
           "Bytes that all instances together may reserve. `auto` is MemTotal, or the cgroup's "
           "limit when that is less, − os_reserve − safety.",
           1, 64 * tebibyte},
          {"os_reserve", value_kind::bytes, "16GiB",
           "Kept for the operating system and other programs when the budget is `auto`.", 0,
           64 * tebibyte},
          {"safety", value_kind::share, "15%",
           "Share of the total kept free when the budget is `auto`, for what estimates miss.", 0,
           90},
          {"floor", value_kind::bytes_or_auto, "auto",
           "Least MemAvailable: below it nothing is loaded and idle WARM roles leave, whoever took "
           "the memory. `auto` is 1/64 of the total, at most 4 GiB.",
           0, 64 * tebibyte},
          {"eviction",
           value_kind::choice,
           "lru",
           "Which idle WARM role leaves first among those of one `priority`: `lru` the least "
           "recently used; `load_cost` the one whose memory is worth most for the time that "
           "loading it again would take, see docs/eviction.md.",
           0,
           0,
           {"lru", "load_cost"}},
      }};
  return value;
}

const section& tls_section() {
  static const section value{
      "host.tls",
      "Certificate of the front door and of the roles' doors. Files that change are read again on "
      "SIGHUP.",
      {
          {"certificate",
           value_kind::path,
           "",
           "PEM file: the certificate and its chain.",
           0,
           0,
           {},
           nullptr,
           true},
          {"key", value_kind::path, "", "PEM file: the private key.", 0, 0, {}, nullptr, true},
      }};
  return value;
}

}  // namespace

const section& host_section() {
  static const section value{
      "host",
      "The machine and the daemon. Relative paths start at the registry's folder.",
      {
          {"listen", value_kind::tcp_endpoints, "127.0.0.1:8070",
           "Addresses of the front door. Others than loopback need `api_keys` or `insecure: "
           "true`."},
          {"admin", value_kind::endpoints, "127.0.0.1:8071",
           "Addresses of the admin endpoints and /metrics, or `unix:` and a socket's path. Others "
           "than loopback need `admin_keys` or `insecure: true`."},
          {"api_keys", value_kind::path, "",
           "File of the keys that the front door's clients must show; `rolectl key` makes its "
           "lines. Without it everybody who reaches the front door is served."},
          {"admin_keys", value_kind::path, "", "The same for the admin endpoints' TCP addresses."},
          {"insecure", value_kind::boolean, "false",
           "Allow addresses other than loopback without keys."},
          {"tls",
           value_kind::section,
           "",
           "TLS for the front door and the roles' doors.",
           0,
           0,
           {},
           &tls_section()},
          {"access_log", value_kind::path, "",
           "File that gets one JSON line per request, without bodies. Without it nothing is "
           "written."},
          {"memory", value_kind::section, "", "The RAM budget.", 0, 0, {}, &memory_section()},
          {"llama_server", value_kind::path, "llama-server",
           "The engine's binary. A bare name is looked up in PATH."},
          {"model_dirs", value_kind::path_list, "",
           "Folders in which models' relative paths are looked up, in this order."},
          {"state_dir", value_kind::path, "/var/lib/rolecall",
           "What the daemon keeps over restarts."},
          {"log_dir", value_kind::path, "/var/log/rolecall",
           "Output of each instance: `<instance>.log`."},
          {"log_limit", value_kind::bytes, "16MiB",
           "Size at which an instance's log becomes `<instance>.log.1`.", 4096, 64 * gibibyte},
          {"on_exit",
           value_kind::choice,
           "stop",
           "What happens to the instances when the daemon ends.",
           0,
           0,
           {"keep", "stop"}},
          {"default_role", value_kind::name, "",
           "Role for requests that name no model. Without it they are refused."},
          {"data_threads", value_kind::integer, "1", "Threads that relay requests.", 1, 64},
          {"max_request_body", value_kind::bytes, "64MiB",
           "Largest request body; larger ones are answered 413.", 1024, 4 * gibibyte},
          {"patience", value_kind::duration, "15s",
           "A request that waited this long for memory closes a busy WARM role to new requests, so "
           "that its own turn "
           "comes.",
           0, day},
      }};
  return value;
}

}  // namespace rolecall::registry
