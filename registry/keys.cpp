#include "registry/keys.hpp"

#include <algorithm>
#include <array>

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

const section& model_section() {
  static const section value{
      "models.<name>",
      "A model's files.",
      {
          {"path",
           value_kind::path,
           "",
           "The GGUF file: absolute, or relative to one of `host.model_dirs`. Of a model in "
           "several shards, the first.",
           0,
           0,
           {},
           nullptr,
           true},
          {"mmproj", value_kind::path, "",
           "The vision projector: beside `path` unless absolute. Required for vision models."},
          {"quant", value_kind::text, "", "Quantization, shown to operators."},
          {"min_experts", value_kind::integer, "",
           "Fewest experts per token that give sensible text: a role with fewer is refused. "
           "Without "
           "it 3, or what the model was trained with if that is less.",
           1, 1024},
          {"note", value_kind::text, "", "Anything worth knowing, shown to operators."},
      }};
  return value;
}

const section& numa_section() {
  static const section value{
      "numa",
      "Where a role's memory and threads live on a host with several NUMA nodes.",
      {
          {"policy",
           value_kind::choice,
           "interleave",
           "How pages are spread over `nodes`; `none` leaves it to the kernel.",
           0,
           0,
           {"none", "interleave", "preferred", "membind"}},
          {"nodes", value_kind::nodes, "all", "`all`, or node numbers such as `0,2-3`."},
          {"cpus", value_kind::number_list, "",
           "CPU numbers such as `0-47,96-143`; without it every CPU of the nodes."},
      }};
  return value;
}

const section& kv_cache_section() {
  static const std::vector<std::string_view> types{"f32",  "f16",    "bf16", "q8_0", "q4_0",
                                                   "q4_1", "iq4_nl", "q5_0", "q5_1"};
  static const section value{"kv_cache",
                             "Types of the KV cache.",
                             {
                                 {"k", value_kind::choice, "f16", "Type of K.", 0, 0, types},
                                 {"v", value_kind::choice, "f16",
                                  "Type of V. Anything but f32, f16 and bf16 needs flash "
                                  "attention; 4 bits cost much of the speed.",
                                  0, 0, types},
                             }};
  return value;
}

const section& timeouts_section() {
  static const section value{
      "timeouts",
      "How long things may take.",
      {
          {"ready_stall", value_kind::duration, "1m",
           "A load that makes no progress for this long has failed; a slow one that goes on has "
           "not.",
           1, day},
          {"first_byte", value_kind::duration, "10m",
           "From forwarding a request to the first byte of its answer; prompts take minutes.", 1,
           day},
          {"idle", value_kind::duration, "10m",
           "Between two bytes of an answer. A stream that is silent for longer is ended with an "
           "error event.",
           1, day},
          {"total", value_kind::duration_or_never, "never",
           "From the request's arrival to the last byte of its answer.", 1, 30 * day},
          {"idle_unload", value_kind::duration_or_never, "never",
           "A WARM role unused for this long is unloaded.", 1, 365 * day},
          {"drain", value_kind::duration, "30s",
           "Running requests may end within this time before a stop.", 0, day},
          {"stop", value_kind::duration, "10s", "Grace period between TERM and KILL.", 1, 3600},
          {"wedged", value_kind::duration_or_never, "1m",
           "A ready process that for this long does not answer `/health`, computes nothing and "
           "sends nothing is stopped and restarted. A busy one is left alone.",
           1, day},
      }};
  return value;
}

const section& queue_section() {
  static const section value{
      "queue",
      "Requests that wait for a role to be loaded, or for one of its slots.",
      {
          {"limit", value_kind::integer, "64", "Requests that may wait; one more is answered 429.",
           0, 100'000},
          {"deadline", value_kind::duration, "10m", "The longest wait; then 503.", 1, day},
          {"comments", value_kind::boolean, "false",
           "Answer streaming requests at once and send SSE comments such as `: loading 42%` while "
           "they wait. What goes wrong afterwards is told by an error event."},
      }};
  return value;
}

const section& cgroup_section() {
  static const section value{
      "cgroup",
      "Limits of each instance, by a control group (cgroup v2) of its own. A role that asks for "
      "them is not started where rolecalld has no control group to make others in, see "
      "docs/systemd.md.",
      {
          {"memory_high", value_kind::bytes, "",
           "Above it the kernel takes memory back and slows the instance down.", 4096,
           64 * tebibyte},
          {"memory_max", value_kind::bytes, "",
           "Above it, when nothing can be taken back, the kernel kills the instance.", 4096,
           64 * tebibyte},
          {"cpu_weight", value_kind::integer, "",
           "Share of the CPUs when they are short; 100 is everybody's.", 1, 10'000},
          {"allowed_cpus", value_kind::number_list, "", "CPU numbers such as `0-47`."},
      }};
  return value;
}

const section& moe_section() {
  static const section value{"moe",
                             "Experts used by a mixture-of-experts model, for speed.",
                             {
                                 {"experts",
                                  value_kind::integer,
                                  "",
                                  "Experts per token, from 1 to the model's count.",
                                  1,
                                  1024,
                                  {},
                                  nullptr,
                                  true},
                                 {"override_key", value_kind::text, "",
                                  "The GGUF key that is overridden. It follows from the "
                                  "architecture; one that disagrees is an error."},
                             }};
  return value;
}

const section& speculative_section() {
  static const section value{
      "speculative",
      "Speculative decoding. Refused for recurrent, hybrid, vision and embedding models.",
      {
          {"draft", value_kind::name, "", "A role of tier draft."},
          {"max", value_kind::integer, "16", "Tokens drafted at most (K).", 1, 128},
          {"lookup", value_kind::boolean, "false",
           "Draft from n-grams of the prompt, with or without a draft model."},
      }};
  return value;
}

const section& rule_section(bool allowed) {
  static const auto make = [](bool with_max) {
    section value{
        with_max ? "compatibility.allow[]" : "compatibility.forbid[]",
        with_max
            ? "Pairs known to work, the only ones whose vocabularies may differ. Once there is "
              "one, other pairs get a warning."
            : "Pairs that must not be used. Forbidding wins over allowing.",
        {
            {"target",
             value_kind::text,
             "",
             "Name of a model, `*` for any letters.",
             0,
             0,
             {},
             nullptr,
             true},
            {"draft",
             value_kind::text,
             "",
             "Name of the draft's model, `*` for any letters. `*` alone also means n-gram lookup.",
             0,
             0,
             {},
             nullptr,
             true},
        }};
    if (with_max) {
      value.keys.push_back({"max", value_kind::integer, "",
                            "The K known to work; a role above it gets a warning.", 1, 128});
      value.keys.push_back(
          {"reason", value_kind::text, "",
           "Evidence. With it a pair of different vocabularies is only warned of."});
    } else {
      value.keys.push_back({"reason",
                            value_kind::text,
                            "",
                            "What goes wrong; the error quotes it.",
                            0,
                            0,
                            {},
                            nullptr,
                            true});
    }
    return value;
  };
  static const section allow = make(true);
  static const section forbid = make(false);
  return allowed ? allow : forbid;
}

const section& compatibility_section() {
  static const section value{"compatibility",
                             "Which models may draft for which.",
                             {
                                 {"allow",
                                  value_kind::section_list,
                                  "",
                                  "Pairs known to work.",
                                  0,
                                  0,
                                  {},
                                  &rule_section(true)},
                                 {"forbid",
                                  value_kind::section_list,
                                  "",
                                  "Pairs that must not be used.",
                                  0,
                                  0,
                                  {},
                                  &rule_section(false)},
                             }};
  return value;
}

section make_role_section() {
  return {
      "roles.<name>",
      "A name that callers ask for, and the llama-server behind it.",
      {
          {"model", value_kind::name, "",
           "Name of a model. Required unless the role `shares` another's process."},
          {"tier",
           value_kind::choice,
           "warm",
           "`hot` roles stay loaded, `warm` ones are loaded on demand and evicted, `draft` ones "
           "have no process.",
           0,
           0,
           {"hot", "warm", "draft"}},
          {"port", value_kind::ports, "", "Port of the instance on 127.0.0.1."},
          {"ports", value_kind::ports, "",
           "Ports of several instances that share the role's work: `8090-8095` or a list. Either "
           "`port` or `ports`."},
          {"shares", value_kind::name, "",
           "Role whose processes serve this one too. Besides it only listen, aliases, description, "
           "expected_speed and queue may be given."},
          {"listen", value_kind::tcp_endpoints, "",
           "Addresses of doors of the role's own, for clients that cannot name a model: whatever "
           "comes there is for this role."},
          {"aliases", value_kind::text_list, "", "Other names for the role."},
          {"description", value_kind::text, "", "What the role is for."},
          {"priority", value_kind::integer, "0",
           "Of idle WARM roles, those of lower priority are evicted first; among equals "
           "`host.memory.eviction` decides. Of HOT roles on one disk, those of higher priority "
           "load first.",
           -100, 100},
          {"expected_speed", value_kind::number, "",
           "Tokens per second that the role is counted on for, for documents and metrics.", 0,
           1'000'000},
          {"threads", value_kind::integer, "0",
           "Threads; 0: as many as the placement has physical cores.", 0, 4096},
          {"numa", value_kind::section, "", "Placement.", 0, 0, {}, &numa_section()},
          {"context", value_kind::integer, "4096", "Tokens in all slots together.", 1, 16'777'216},
          {"slots", value_kind::integer, "1",
           "Requests served at once; each gets its share of the context.", 1, 256},
          {"concurrency", value_kind::integer, "0",
           "Requests that an instance is given at once, the rest waits its turn here; 0: as many "
           "as it has slots.",
           0, 100'000},
          {"routing",
           value_kind::choice,
           "least_busy",
           "Which of several instances gets a request: the one with the fewest, the one that had "
           "the conversation before (`affinity`), or the first that answers a probe.",
           0,
           0,
           {"least_busy", "affinity", "probe_first"}},
          {"kv_cache",
           value_kind::section,
           "",
           "Types of the KV cache.",
           0,
           0,
           {},
           &kv_cache_section()},
          {"flash_attention",
           value_kind::choice,
           "auto",
           "Flash attention.",
           0,
           0,
           {"on", "off", "auto"}},
          {"load_mode",
           value_kind::choice,
           "mmap",
           "How the weights are read.",
           0,
           0,
           {"auto", "none", "mmap", "mlock", "mmap+mlock", "dio"}},
          {"repack", value_kind::boolean, "true",
           "Let the engine copy weights into a layout that its CPU computes faster on. Copies are "
           "private to a process; without them mapped weights are shared."},
          {"checkpoints", value_kind::integer, "8",
           "States kept per slot, so that recurrent, hybrid and sliding-window models can go back "
           "to an earlier token; others keep none.",
           0, 1024},
          {"cache_ram", value_kind::bytes, "0", "Prompt cache in host memory, per instance.", 0,
           16 * tebibyte},
          {"gpu_layers", value_kind::integer, "0", "Layers kept on GPUs.", 0, 10'000},
          {"moe",
           value_kind::section,
           "",
           "Expert reduction; `null` undoes a default.",
           0,
           0,
           {},
           &moe_section(),
           false,
           true},
          {"speculative",
           value_kind::section,
           "",
           "Speculative decoding; `null` undoes a default.",
           0,
           0,
           {},
           &speculative_section(),
           false,
           true},
          {"cpu_moe", value_kind::boolean, "false", "Keep all expert weights on the CPU."},
          {"n_cpu_moe", value_kind::integer, "",
           "Keep the expert weights of the first n layers on the CPU.", 0, 10'000},
          {"embeddings", value_kind::boolean, "false", "Serve embeddings instead of text."},
          {"pooling",
           value_kind::choice,
           "",
           "Pooling of embeddings; without it the model's own.",
           0,
           0,
           {"none", "mean", "cls", "last", "rank"}},
          {"extra_args", value_kind::text_list, "",
           "Further arguments for llama-server, checked against its `--help`."},
          {"llama_server", value_kind::path, "",
           "A binary of the role's own; otherwise `host.llama_server`."},
          {"timeouts", value_kind::section, "", "Times.", 0, 0, {}, &timeouts_section()},
          {"queue", value_kind::section, "", "Waiting.", 0, 0, {}, &queue_section()},
          {"cgroup", value_kind::section, "", "Limits.", 0, 0, {}, &cgroup_section()},
      }};
}

constexpr std::array identity_keys{"model",  "port",    "ports",       "shares",
                                   "listen", "aliases", "description", "expected_speed"};
constexpr std::array sharing_keys{"shares",      "listen",         "aliases",
                                  "description", "expected_speed", "queue"};
constexpr std::array draft_keys{"model", "tier", "description", "port", "ports"};

template <std::size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view name) noexcept {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

const key* section::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const key& k) { return k.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> section::names() const {
  std::vector<std::string> list;
  for (const key& k : keys) list.emplace_back(k.name);
  return list;
}

const section& root_section() {
  static const section value{
      "",
      "One registry describes one host.",
      {
          {"version", value_kind::integer, "", "Version of this format.", 1, 1, {}, nullptr, true},
          {"host",
           value_kind::section,
           "",
           "The machine and the daemon.",
           0,
           0,
           {},
           &host_section()},
          {"defaults",
           value_kind::section,
           "",
           "Keys that every role has unless it says otherwise. Sections are merged key by key.",
           0,
           0,
           {},
           &defaults_section()},
          {"models",
           value_kind::named_sections,
           "",
           "Models by name.",
           0,
           0,
           {},
           &model_section(),
           true},
          {"roles",
           value_kind::named_sections,
           "",
           "Roles by name.",
           0,
           0,
           {},
           &role_section(),
           true},
          {"compatibility",
           value_kind::section,
           "",
           "Which models may draft for which.",
           0,
           0,
           {},
           &compatibility_section()},
      }};
  return value;
}

const section& role_section() {
  static const section value = make_role_section();
  return value;
}

const section& defaults_section() {
  static const section value = [] {
    section kept = make_role_section();
    kept.title = "defaults";
    kept.meaning = "Keys that every role has unless it says otherwise.";
    std::erase_if(kept.keys, [](const key& k) { return contains(identity_keys, k.name); });
    return kept;
  }();
  return value;
}

bool allowed_for_sharing(std::string_view key) noexcept { return contains(sharing_keys, key); }

bool allowed_for_draft(std::string_view key) noexcept { return contains(draft_keys, key); }

}  // namespace rolecall::registry
