#include "registry/read.hpp"

#include "tests/unit/registry/temporary_folder.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using namespace std::chrono_literals;

namespace {

constexpr const char* small = R"(version: 1
models:
  m: {path: m.gguf}
roles:
  worker: {model: m, port: 8080}
)";

/// "5:12: message" of each note.
std::vector<std::string> notes_of(std::string_view text) {
  std::vector<std::string> list;
  for (const diagnostic& d : read(text, "/etc/rolecall/r.yaml").notes) {
    list.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + d.message);
  }
  return list;
}

std::string with_role(const std::string& keys) {
  return "version: 1\nmodels: {m: {path: m.gguf}}\nroles:\n  w: {model: m, " + keys + "}\n";
}

std::string with_host(const std::string& keys) { return "host: {" + keys + "}\n" + small; }

void check_note(const std::string& text, const std::string& expected) {
  CAPTURE(text);
  const auto notes = notes_of(text);
  REQUIRE(notes.size() == 1);
  CHECK(notes.front() == expected);
  CHECK(!read(text, "r.yaml").value);
}

model_registry good(std::string_view text) {
  auto result = read(text, "/etc/rolecall/r.yaml");
  for (const diagnostic& d : result.notes) FAIL_CHECK(to_string(d));
  REQUIRE(result.value);
  return *std::move(result.value);
}

}  // namespace

TEST_CASE("read: a small registry has the documented defaults") {
  const model_registry r = good(small);
  CHECK(r.file == "/etc/rolecall/r.yaml");
  CHECK(r.host.listen == std::vector<tcp_endpoint>{{"127.0.0.1", 8070}});
  CHECK(r.host.admin == std::vector<endpoint>{tcp_endpoint{"127.0.0.1", 8071}});
  CHECK(r.host.memory == memory_settings{});
  CHECK(r.host.on_exit == exit_policy::stop);
  CHECK(!r.host.default_role);
  REQUIRE(r.roles.size() == 1);
  const role& w = r.roles.front();
  CHECK(w.name == "worker");
  CHECK(w.tier == tier::warm);
  CHECK(w.ports == std::vector<std::uint16_t>{8080});
  CHECK(w.context == 4096);
  CHECK(w.timeouts == timeouts{});
  CHECK(w.queue == queue_limits{});
  CHECK(w.where.line == 5);
  CHECK(w.where.column == 3);
}

TEST_CASE("read: every key of a role arrives where it belongs") {
  const model_registry r = good(R"(version: 1
models: {m: {path: m.gguf, mmproj: p.gguf, quant: Q4_K_M, note: hello}, d: {path: d.gguf}}
roles:
  w:
    model: m
    tier: hot
    ports: [8090-8091, 8093]
    listen: [127.0.0.1:9083, "[::1]:9084"]
    aliases: [a, b]
    description: works
    threads: 96
    numa: {policy: membind, nodes: "0-1", cpus: 0-3}
    context: 8192
    slots: 2
    concurrency: 3
    routing: affinity
    kv_cache: {k: q8_0, v: bf16}
    flash_attention: on
    load_mode: mmap+mlock
    cache_ram: 2GiB
    gpu_layers: 3
    moe: {experts: 6, override_key: qwen3moe.expert_used_count}
    speculative: {draft: d, max: 24, lookup: yes}
    n_cpu_moe: 5
    embeddings: false
    pooling: cls
    extra_args: [--no-repack, "-b", 512]
    llama_server: ./bin/llama-server
    timeouts: {ready_stall: 1m, first_byte: 2m, idle: 90s, total: 1h, idle_unload: 3m, drain: 4s, stop: 5s, wedged: 6s}
    queue: {limit: 7, deadline: 8s, comments: true}
  d: {model: d, tier: draft}
)");
  const role& w = r.roles.front();
  CHECK(w.tier == tier::hot);
  CHECK(w.ports == std::vector<std::uint16_t>{8090, 8091, 8093});
  CHECK(w.listen == std::vector<tcp_endpoint>{{"127.0.0.1", 9083}, {"::1", 9084}});
  CHECK(w.aliases == std::vector<std::string>{"a", "b"});
  CHECK(w.description == "works");
  CHECK(w.threads == 96);
  CHECK(w.numa == numa_placement{numa_policy::membind, "0-1", "0-3"});
  CHECK(w.context == 8192);
  CHECK(w.slots == 2);
  CHECK(w.concurrency == 3);
  CHECK(w.routing == replica_routing::affinity);
  CHECK(w.kv_cache == kv_cache_types{"q8_0", "bf16"});
  CHECK(w.flash_attention == flash_attention::on);
  CHECK(w.load_mode == load_mode::mmap_mlock);
  CHECK(w.cache_ram == 2ULL << 30);
  CHECK(w.gpu_layers == 3);
  CHECK(w.moe == moe_override{6, "qwen3moe.expert_used_count"});
  CHECK(w.speculative == speculation{"d", 24, true});
  CHECK(w.cpu_moe == cpu_moe{cpu_moe_layers{5}});
  CHECK(w.pooling == "cls");
  CHECK(w.extra_args == std::vector<std::string>{"--no-repack", "-b", "512"});
  CHECK(w.llama_server == std::filesystem::path("/etc/rolecall/bin/llama-server"));
  CHECK(w.timeouts == timeouts{60s, 120s, 90s, 3600s, 180s, 4s, 5s, 6s});
  CHECK(w.queue == queue_limits{7, 8s, true});
  CHECK(r.models.front().mmproj == std::filesystem::path("p.gguf"));
  CHECK(r.models.front().quant == "Q4_K_M");
  CHECK(r.models.front().note == "hello");
}

TEST_CASE("read: every key of host arrives where it belongs") {
  const model_registry r = good(std::string(R"(host:
  listen: ["127.0.0.1:0", "[::1]:8070", localhost:8072]
  admin: unix:./admin.sock
  api_keys: keys
  admin_keys: /etc/admin_keys
  insecure: true
  tls: {certificate: tls/cert.pem, key: /etc/key.pem}
  access_log: ../access.log
  memory: {budget: 7GiB, os_reserve: 1GiB, safety: 0.1}
  llama_server: /opt/llama-server
  model_dirs: [./models, /srv/models]
  state_dir: ../state
  log_dir: logs
  log_limit: 1MiB
  on_exit: keep
  default_role: worker
  data_threads: 4
  max_request_body: 10MiB
  patience: 3s
)") + small);
  const host_settings& h = r.host;
  CHECK(h.listen ==
        std::vector<tcp_endpoint>{{"127.0.0.1", 0}, {"::1", 8070}, {"127.0.0.1", 8072}});
  CHECK(h.admin == std::vector<endpoint>{unix_endpoint{"/etc/rolecall/admin.sock"}});
  CHECK(h.api_keys == "/etc/rolecall/keys");
  CHECK(h.admin_keys == "/etc/admin_keys");
  CHECK(h.insecure);
  REQUIRE(h.tls);
  CHECK(h.tls->certificate == "/etc/rolecall/tls/cert.pem");
  CHECK(h.tls->key == "/etc/key.pem");
  CHECK(h.access_log == "/etc/access.log");
  CHECK(h.memory == memory_settings{7ULL << 30, 1ULL << 30, 0.1});
  CHECK(h.llama_server == "/opt/llama-server");
  CHECK(h.model_dirs == std::vector<std::filesystem::path>{"/etc/rolecall/models", "/srv/models"});
  CHECK(h.state_dir == "/etc/state");
  CHECK(h.log_dir == "/etc/rolecall/logs");
  CHECK(h.log_limit == 1ULL << 20);
  CHECK(h.on_exit == exit_policy::keep);
  CHECK(h.default_role == "worker");
  CHECK(h.data_threads == 4);
  CHECK(h.max_request_body == 10ULL << 20);
  CHECK(h.patience == 3s);
}

TEST_CASE("read: a bare llama_server is left to PATH, one with a slash starts at the registry") {
  CHECK(good(with_host("llama_server: my-server")).host.llama_server == "my-server");
  CHECK(good(with_host("llama_server: ../bin/x")).host.llama_server == "/etc/bin/x");
}

TEST_CASE("read: defaults reach every role, and a role's section changes only what it says") {
  const model_registry r = good(R"(version: 1
defaults:
  threads: 8
  timeouts: {first_byte: 30s, drain: 7s}
  moe: {experts: 4}
models: {m: {path: m.gguf}}
roles:
  a: {model: m, port: 1}
  b: {model: m, port: 2, threads: 2, timeouts: {first_byte: 90s}, moe: null}
)");
  CHECK(r.roles[0].threads == 8);
  CHECK(r.roles[0].timeouts.first_byte == 30s);
  CHECK(r.roles[0].moe);
  CHECK(r.roles[1].threads == 2);
  CHECK(r.roles[1].timeouts.first_byte == 90s);
  CHECK(r.roles[1].timeouts.drain == 7s);
  CHECK(!r.roles[1].moe);
}

TEST_CASE("read: a sharing role is the serving role under its own name, without ports") {
  const model_registry r = good(R"(version: 1
models: {m: {path: m.gguf}}
roles:
  math: {shares: worker, aliases: [sums], queue: {limit: 3}}
  worker: {model: m, tier: hot, port: 8082, context: 9000, aliases: [w]}
)");
  const role& math = r.roles[0];
  CHECK(math.model == "m");
  CHECK(math.tier == tier::hot);
  CHECK(math.context == 9000);
  CHECK(math.ports.empty());
  CHECK(math.aliases == std::vector<std::string>{"sums"});
  CHECK(math.queue.limit == 3);
  CHECK(r.roles[1].queue.limit == 64);
}

TEST_CASE("read: booleans of YAML 1.1 are understood") {
  for (const char* word : {"true", "True", "yes", "on", "ON"})
    CHECK(good(with_role(std::string("port: 1, embeddings: ") + word)).roles[0].embeddings);
  for (const char* word : {"false", "no", "off"})
    CHECK(!good(with_role(std::string("port: 1, embeddings: ") + word)).roles[0].embeddings);
  CHECK(good(with_role("port: 1, flash_attention: off")).roles[0].flash_attention ==
        flash_attention::off);
  CHECK(good(with_role("port: 1, flash_attention: true")).roles[0].flash_attention ==
        flash_attention::on);
  CHECK(good(with_role("port: 1, flash_attention: auto")).roles[0].flash_attention ==
        flash_attention::automatic);
}

TEST_CASE("read: cpu_moe and n_cpu_moe are two ways to say one thing") {
  CHECK(good(with_role("port: 1, cpu_moe: true")).roles[0].cpu_moe == cpu_moe{cpu_moe_all{}});
  CHECK(good(with_role("port: 1, cpu_moe: false")).roles[0].cpu_moe == cpu_moe{});
  check_note(with_role("port: 1, cpu_moe: true, n_cpu_moe: 3"),
             "4:52: cannot read roles.w.n_cpu_moe: cpu_moe keeps all layers on the CPU; give one "
             "of the two");
}

TEST_CASE("read: compatibility rules keep their order and place") {
  const model_registry r = good(std::string(small) + R"(compatibility:
  allow:
    - {target: a, draft: b, max: 24, reason: fast}
  forbid:
    - {target: "c*", draft: "*", reason: garbage}
)");
  REQUIRE(r.compatibility.size() == 2);
  CHECK(r.compatibility[0].allowed);
  CHECK(r.compatibility[0].max == 24);
  CHECK(r.compatibility[1].target == "c*");
  CHECK_FALSE(r.compatibility[1].allowed);
  CHECK(r.compatibility[1].reason == "garbage");
  CHECK(r.compatibility[1].where.line == 10);
}

TEST_CASE("read: an unknown key is named with the one that was probably meant") {
  check_note(with_role("prot: 1, port: 2"),
             "4:17: unknown key 'prot' in roles.w: did you mean 'port'?");
  check_note(with_host("lisen: 127.0.0.1:1"),
             "1:8: unknown key 'lisen' in host: did you mean 'listen'?");
  check_note("rules: {}\n" + std::string(small), "1:1: unknown key 'rules': did you mean 'roles'?");
  check_note(with_role("port: 1, numa: {xyz: 1}"),
             "4:33: unknown key 'xyz' in roles.w.numa; known keys are policy, nodes, cpus");
}

TEST_CASE("read: a duplicate key is an error that names the first") {
  check_note(with_role("port: 1, port: 2"),
             "4:26: duplicate key 'port' in roles.w: first written on line 4");
  check_note(std::string(small) + "  worker: {model: m, port: 2}\n",
             "6:3: duplicate key 'worker' in roles: first written on line 5");
  check_note(std::string(small) + "version: 1\n",
             "6:1: duplicate key 'version': first written on line 1");
}

TEST_CASE("read: values of the wrong form are refused at their place") {
  check_note(with_role("port: abc"),
             "4:23: cannot read roles.w.port: 'abc' is not a list of numbers such as 0-3,8: "
             "expected a port such as 8080 or "
             "a range such as 8090-8095");
  check_note(
      with_role("port: 0"),
      "4:23: cannot read roles.w.port: 0 is not a port: instances need fixed ones, 1 to 65535");
  check_note(with_role("port: 70000"),
             "4:23: cannot read roles.w.port: '70000' goes beyond 65535: expected a port such as "
             "8080 or a range such as "
             "8090-8095");
  check_note(with_role("port: {a: 1}"),
             "4:23: cannot read roles.w.port: expected a port, not a mapping");
  check_note(
      with_role("ports: 1-300"),
      "4:24: cannot read roles.w.ports: 300 ports are more than the 256 instances a role may have");
  check_note(with_role("port: 1, slots: 0"),
             "4:33: cannot read roles.w.slots: 0 is out of range: it must be 1 to 256");
  check_note(
      with_role("port: 1, slots: 99999999999999999999"),
      "4:33: cannot read roles.w.slots: 99999999999999999999 is out of range: it must be 1 to 256");
  check_note(with_role("port: 1, slots: 2.5"),
             "4:33: cannot read roles.w.slots: expected a whole number, not '2.5'");
  check_note(with_role("port: 1, slots: \"2\""),
             "4:33: cannot read roles.w.slots: expected a whole number, not the text '2'");
  check_note(with_role("port: 1, slots: [1]"),
             "4:33: cannot read roles.w.slots: expected a whole number, not a list");
  check_note(with_role("port: 1, slots: "),
             "4:26: cannot read roles.w.slots: the value is missing");
  check_note(with_role("port: 1, tier: lukewarm"),
             "4:32: cannot read roles.w.tier: expected hot, warm or draft, not 'lukewarm'");
  check_note(with_role("port: 1, embeddings: 1"),
             "4:38: cannot read roles.w.embeddings: expected true or false, not '1'");
  check_note(with_role("port: 1, cache_ram: lots"),
             "4:37: cannot read roles.w.cache_ram: 'lots' is not a size: write a number and KiB, "
             "MiB, GiB, TiB, KB, MB, GB or "
             "TB");
  check_note(with_role("port: 1, timeouts: {drain: 30}"),
             "4:44: cannot read roles.w.timeouts.drain: '30' has no unit: write 30s for seconds");
  check_note(with_role("port: 1, timeouts: {stop: 2h}"),
             "4:43: cannot read roles.w.timeouts.stop: 2h is out of range: it must be 1s to 1h");
  check_note(with_role("port: 1, numa: [0]"),
             "4:32: cannot read roles.w.numa: expected a mapping of keys to values, not a list");
  check_note(with_role("port: 1, numa: {nodes: some}"),
             "4:40: cannot read roles.w.numa.nodes: 'some' is not a list of numbers such as 0-3,8");
  check_note(
      with_role("port: 1, extra_args: --no-repack"),
      "4:38: cannot read roles.w.extra_args: expected a list such as [a, b], not '--no-repack'");
  check_note(with_role("port: 1, extra_args: [[a]]"),
             "4:39: cannot read roles.w.extra_args: expected text in the list, not a list");
  check_note(with_role("port: 1, speculative: {max: 4}"),
             "4:39: cannot read roles.w.speculative.draft: speculative decoding needs a draft, "
             "lookup: true, or both");
  check_note(with_role("port: 1, moe: {experts: 0}"),
             "4:41: cannot read roles.w.moe.experts: 0 is out of range: it must be 1 to 1024");
  check_note(with_host("memory: {safety: 95%}"),
             "1:25: cannot read host.memory.safety: 95% is out of range: it must be 0% to 90%");
  check_note(with_host("memory: {budget: 0}"),
             "1:25: cannot read host.memory.budget: 0 is out of range: it must be 1 B to 64.0 TiB");
  check_note(with_host("on_exit: leave"),
             "1:17: cannot read host.on_exit: expected keep or stop, not 'leave'");
}

TEST_CASE("read: an address is a number and a port") {
  check_note(with_host("listen: example.org:80"),
             "1:16: cannot read host.listen: 'example.org:80' is not an address and port such as "
             "127.0.0.1:8070");
  check_note(
      with_host("listen: 8070"),
      "1:16: cannot read host.listen: '8070' is not an address and port such as 127.0.0.1:8070");
  check_note(with_host("listen: 127.0.0.1:99999"),
             "1:16: cannot read host.listen: '127.0.0.1:99999' is not an address and port such as "
             "127.0.0.1:8070");
  check_note(with_host("listen: []"), "1:16: cannot read host.listen: the list is empty");
  check_note(with_host("admin: \"unix:\""),
             "1:15: cannot read host.admin: unix: needs the path of a socket");
}

TEST_CASE("read: missing keys and bad names are refused") {
  check_note("version: 1\nmodels: {m: {quant: x}}\nroles: {w: {model: m, port: 1}}\n",
             "2:13: missing key 'path' in models.m: The GGUF file: absolute, or relative to one of "
             "`host.model_dirs`. Of a "
             "model in several shards, the first.");
  check_note("version: 1\nmodels: {}\nroles: {w: {port: 1}}\n",
             "3:9: missing key 'model' in roles.w: name one of models, or the role whose process "
             "this one `shares`");
  check_note("version: 2\nmodels: {}\nroles: {}\n",
             "1:10: cannot read version: 2 is out of range: only 1 is known");
  check_note("version: 1\nmodels: {}\nroles: {\"a b\": {model: m}}\n",
             "3:9: cannot read roles: 'a b' is not a name: it starts with a letter or digit and "
             "goes on with letters, "
             "digits, '.', '_' and '-', at most 64");
  CHECK(notes_of("").front().find("expected a mapping of keys to values, not nothing") !=
        std::string::npos);
}

TEST_CASE("read: roles without a process take no keys of one") {
  check_note(
      "version: 1\nmodels: {m: {path: p}}\nroles: {a: {model: m, port: 1}, b: {shares: a, port: "
      "2}}\n",
      "3:54: cannot read roles.b.port: the role shares the process of 'a': write the key there");
  check_note(
      "version: 1\nmodels: {m: {path: p}}\nroles: {d: {model: m, tier: draft, context: 5}}\n",
      "3:45: cannot read roles.d.context: a role of tier draft has no process: write the key in "
      "the role that drafts "
      "with it");
  check_note(
      with_role("port: 1, ports: 2"),
      "4:33: cannot read roles.w.ports: give port for one instance or ports for several, not both");
}

TEST_CASE("read: all errors come at once, in the order of the text") {
  const auto notes = notes_of(R"(version: 1
roles:
  a: {model: m, port: x, slots: 0}
  b: {modle: m}
models:
  m: {path: 1, nope: 2}
host: {patience: 5}
)");
  REQUIRE(notes.size() == 6);
  CHECK(notes[0].substr(0, 5) == "3:23:");
  CHECK(notes[1].substr(0, 5) == "3:33:");
  CHECK(notes[2].substr(0, 4) == "4:3:");
  CHECK(notes[3].substr(0, 4) == "4:7:");
  CHECK(notes[4].substr(0, 5) == "6:16:");
  CHECK(notes[5].substr(0, 5) == "7:18:");
}

TEST_CASE("read: aliases stand for their value, merge keys and tags are refused") {
  const model_registry r = good(R"(version: 1
models: {m: {path: m.gguf}}
roles:
  a: {model: m, port: 1, timeouts: &times {drain: 9s}}
  b: {model: m, port: 2, timeouts: *times}
)");
  CHECK(r.roles[1].timeouts.drain == 9s);
  check_note(with_role("port: 1, <<: {}"),
             "4:26: cannot merge mappings with <<: put what roles have in common under defaults");
  check_note(with_role("port: !!int 1"),
             "4:23: cannot read the tag tag:yaml.org,2002:int: a registry has no tags");
  check_note("a: &x [*x]\n", "1:8: cannot read an alias inside what it stands for");
}

TEST_CASE("read: a small text that stands for a huge one is refused quickly") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j ? ", " : "") + before;
    text += "]\n";
  }
  const auto notes = notes_of(text);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("cannot read more than 50000 values") != std::string::npos);
  check_note(std::string(40, '[') + std::string(40, ']'),
             "1:17: cannot read values nested more than 16 deep");
}

TEST_CASE("read: syntax errors and a second document have a place") {
  const auto notes = notes_of("version: 1\nroles: {a: [}\n");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].substr(0, 2) == "2:");
  CHECK(notes[0].find("cannot parse YAML: ") != std::string::npos);
  CHECK(notes_of(std::string(small) + "---\nversion: 1\n")
            .front()
            .find("cannot read a second document") != std::string::npos);
}

TEST_CASE("read_file: a file that cannot be read is a diagnostic without a line") {
  const testing::temporary_folder folder;
  const auto missing = read_file(folder.path() / "none.yaml");
  REQUIRE(missing.notes.size() == 1);
  CHECK(missing.notes[0].line == 0);
  CHECK(missing.notes[0].message ==
        "cannot open the registry: No such file or directory; name one with --registry or "
        "ROLECALL_REGISTRY");
  CHECK(read_file(folder.path()).notes.at(0).message ==
        "cannot open the registry: it is a directory; name the file in it");
  const auto large = folder.write("large.yaml", std::string((4U << 20) + 1, '#'));
  CHECK(read_file(large).notes.at(0).message ==
        "cannot open the registry: it is larger than 4 MiB; is this a registry?");
  CHECK(read_file(folder.write("good.yaml", small)).value);
}

TEST_CASE("find_file: what is given wins, then the environment") {
  CHECK(find_file("x.yaml") == "x.yaml");
  const char* before = std::getenv("ROLECALL_REGISTRY");
  const std::string kept = before ? before : "";
  setenv("ROLECALL_REGISTRY", "/nowhere/r.yaml", 1);
  CHECK(find_file("") == "/nowhere/r.yaml");
  CHECK(find_file("x.yaml") == "x.yaml");
  before ? setenv("ROLECALL_REGISTRY", kept.c_str(), 1) : unsetenv("ROLECALL_REGISTRY");
}
