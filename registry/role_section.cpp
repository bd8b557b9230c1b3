#include "registry/role_section.hpp"

namespace rolecall::registry {
namespace {

constexpr std::int64_t tebibyte = 1LL << 40;
constexpr std::int64_t day = 24 * 3600;

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

}  // namespace

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

}  // namespace rolecall::registry
