#include "orchestrator/fleet_change.hpp"

#include "orchestrator/host_difference.hpp"
#include "registry/keys.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

using namespace rolecall;
using admin::reload_plan;
using change = reload_plan::change;

namespace {

constexpr auto host_text =
    "  listen: 127.0.0.1:0\n  admin: 127.0.0.1:0\n"
    "  llama_server: /opt/llama-server\n  model_dirs: [/models]\n";
constexpr auto roles_text =
    "  front: {model: alpha, tier: hot, port: 9001, aliases: [gpt-4]}\n"
    "  math: {shares: front}\n"
    "  draft: {model: beta, tier: draft}\n"
    "  vectors: {model: beta, tier: warm, ports: 9010-9012}\n";

std::string registry_text(const std::string& roles, const std::string& host = {}) {
  return "version: 1\nhost:\n" + std::string{host_text} + host +
         "defaults: {numa: {policy: none}, threads: 1}\n"
         "models:\n  alpha: {path: alpha.gguf}\n  beta: {path: beta.gguf}\n"
         "roles:\n" +
         roles;
}

registry::model_registry read(const std::string& text) {
  auto result = registry::read(text, "model_registry.yaml");
  for (const auto& note : result.notes) CHECK_MESSAGE(result.value, to_string(note));
  REQUIRE_MESSAGE(result.value, text);
  return *std::move(result.value);
}

launcher::capabilities engine(const std::filesystem::path& binary) {
  const auto help =
      test::file_text(ROLECALL_SOURCE_DIR "/tests/unit/launcher/recorded/help-0.7.0.txt");
  REQUIRE_FALSE(help.empty());
  auto known = launcher::parse_capabilities(help, "version: 0.7.0 (build 11669, commit Debian)\n");
  known.binary = binary;
  return known;
}

fleet_plan plan_of(registry::model_registry registry, std::uint64_t first_inode = 1) {
  registry::deployment deployment{.registry = std::move(registry), .facts = {}, .broken_roles = {}};
  auto inode = first_inode;
  for (const auto& model : deployment.registry.models) {
    registry::model_facts facts;
    facts.path = "/models" / model.path;
    facts.shards = {facts.path};
    facts.weights_bytes = 1000;
    facts.files = {{{1, inode++}, 1000, facts.path.string()}};
    facts.architecture = "qwen3moe";
    facts.expert_count = 8;
    facts.expert_used_count = 8;
    facts.fewest_experts = 2;
    facts.block_count = 4;
    facts.context_train = 1 << 20;
    deployment.facts.emplace(model.name, facts);
  }
  launcher::topology host;
  host.nodes = {{.id = 0, .cpus = {0, 1}, .memory_total = 1 << 30},
                {.id = 1, .cpus = {2, 3}, .memory_total = 1 << 30}};
  host.core_of = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
  host.allowed_cpus = {0, 1, 2, 3};
  host.allowed_nodes = {0, 1};
  host.numactl = "/usr/bin/numactl";
  host.taskset = "/usr/bin/taskset";
  host.instances_cgroup = "/sys/fs/cgroup/instances";
  engines known;
  for (const auto* name : {"/opt/llama-server", "/opt/other"}) known.emplace(name, engine(name));
  return plan_fleet(std::move(deployment), 1'000'000'000, host, known, {});
}

fleet_plan plan_of(const std::string& roles) { return plan_of(read(registry_text(roles))); }

reload_plan change_to(const std::string& roles, const std::string& host = {}) {
  const auto present = plan_of(std::string{roles_text});
  const auto written = read(registry_text(roles, host));
  auto next = written;
  keep_until_restart(next, present.deployment.registry, bound_doors(present.deployment.registry));
  return plan_change(present, plan_of(std::move(next)), written);
}

const reload_plan::role& role_in(const reload_plan& plan, std::string_view name) {
  const auto found = std::ranges::find(plan.roles, name, &reload_plan::role::name);
  REQUIRE(found != plan.roles.end());
  return *found;
}

}  // namespace

TEST_CASE("fleet change: the same registry changes nothing") {
  const auto plan = change_to(roles_text);
  CHECK(plan.is_empty());
  CHECK(plan.roles.size() == 4);
  CHECK(summary(plan) == "4 roles are unchanged");
}

TEST_CASE("fleet change: time-outs, aliases and limits change while processes stay") {
  const auto plan = change_to(
      "  front: {model: alpha, tier: hot, port: 9001, aliases: [gpt-5], timeouts: {drain: 7s}}\n"
      "  math: {shares: front, queue: {limit: 3}}\n"
      "  draft: {model: beta, tier: draft}\n"
      "  vectors: {model: beta, tier: warm, ports: 9010-9012}\n");
  const auto& front = role_in(plan, "front");
  CHECK(front.what == change::now);
  REQUIRE(front.settings.size() == 2);
  CHECK(front.settings[0].key == "aliases");
  CHECK(front.settings[1].key == "timeouts.drain");
  CHECK(front.settings[1].before == "30s");
  CHECK(front.settings[1].after == "7s");
  const auto& math = role_in(plan, "math");
  CHECK(math.what == change::now);
  REQUIRE(math.settings.size() == 1);
  CHECK(math.settings[0].key == "queue.limit");
  CHECK(role_in(plan, "vectors").what == change::unchanged);
}

TEST_CASE("fleet change: another command line restarts a role and says how it differs") {
  const auto plan = change_to(
      "  front: {model: alpha, tier: hot, port: 9001, aliases: [gpt-4], context: 8192}\n"
      "  math: {shares: front}\n"
      "  draft: {model: beta, tier: draft}\n"
      "  vectors: {model: beta, tier: warm, ports: 9010-9013}\n");
  CHECK(role_in(plan, "front").what == change::restart);
  CHECK(role_in(plan, "front").why.find("8192") != std::string::npos);
  CHECK(role_in(plan, "vectors").what == change::now);
  CHECK(role_in(plan, "vectors").why == "1 instance more, the others stay");
  CHECK(role_in(plan, "math").what == change::restart);
  CHECK(role_in(plan, "math").why == "role front, which it shares, restarts");
}

TEST_CASE("fleet change: another file at a model's path restarts its roles") {
  const auto present = plan_of(std::string{roles_text});
  const auto written = read(registry_text(roles_text));
  const auto plan = plan_change(present, plan_of(written, 100), written);
  CHECK(role_in(plan, "front").what == change::restart);
  CHECK(role_in(plan, "vectors").what == change::restart);
}

TEST_CASE("fleet change: a model's file of another size, or a projector's, restarts its roles") {
  const auto present = plan_of(std::string{roles_text});
  const auto written = read(registry_text(roles_text));
  auto next = plan_of(written);
  next.deployment.facts.find("alpha")->second.files.front().bytes = 999;
  auto plan = plan_change(present, next, written);
  CHECK(role_in(plan, "front").what == change::restart);
  CHECK(role_in(plan, "vectors").what == change::unchanged);

  const auto with_projector = [&](registry::byte_count bytes) {
    auto made = plan_of(written);
    auto& facts = made.deployment.facts.find("beta")->second;
    facts.mmproj = "/models/mmproj-beta.gguf";
    facts.mmproj_bytes = bytes;
    return made;
  };
  plan = plan_change(with_projector(10), with_projector(11), written);
  CHECK(role_in(plan, "front").what == change::unchanged);
  CHECK(role_in(plan, "vectors").what == change::restart);
}

TEST_CASE("fleet change: ports that are taken from the end leave the others as they are") {
  const std::string front = "  front: {model: alpha, tier: hot, port: 9001, aliases: [gpt-4]}\n";
  const auto with_ports = [&](const std::string& ports) {
    return front +
           "  math: {shares: front}\n"
           "  draft: {model: beta, tier: draft}\n"
           "  vectors: {model: beta, tier: warm, ports: " +
           ports + "}\n";
  };
  auto plan = change_to(with_ports("9010-9011"));
  CHECK(role_in(plan, "vectors").what == change::now);
  CHECK(role_in(plan, "vectors").why ==
        "1 instance less, once the running requests have ended, the others stay");
  plan = change_to(with_ports("9011-9012"));
  CHECK(role_in(plan, "vectors").what == change::restart);
}

TEST_CASE("fleet change: roles come and go") {
  const auto plan = change_to(
      "  front: {model: alpha, tier: hot, port: 9001, aliases: [gpt-4]}\n"
      "  fresh: {model: alpha, tier: warm, port: 9002, listen: 127.0.0.1:9100}\n"
      "  draft: {model: beta, tier: draft}\n"
      "  vectors: {model: beta, tier: warm, ports: 9010-9012}\n");
  CHECK(role_in(plan, "fresh").what == change::added);
  REQUIRE(role_in(plan, "fresh").settings.size() == 1);
  CHECK(role_in(plan, "fresh").settings[0].waits);
  CHECK(role_in(plan, "math").what == change::removed);
  CHECK(role_in(plan, "math").why == "its processes are those of role front");
}

TEST_CASE("fleet change: a role that is back has its door at once, as far as it was bound") {
  const auto started = read(
      registry_text(std::string{roles_text} +
                    "  back: {model: beta, tier: warm, port: 9020, listen: 127.0.0.1:9100}\n"));
  const auto present = plan_of(std::string{roles_text});  // it was removed meanwhile
  const auto waiting = [&](const std::string& door) {
    const auto written = read(
        registry_text(std::string{roles_text} +
                      "  back: {model: beta, tier: warm, port: 9020, listen: " + door + "}\n"));
    auto next = written;
    keep_until_restart(next, present.deployment.registry, bound_doors(started));
    CHECK(next.find_role("back")->listen.front().port == 9100);
    const auto plan = plan_change(present, plan_of(std::move(next)), written);
    return role_in(plan, "back").settings.size();
  };
  CHECK(waiting("127.0.0.1:9100") == 0);
  CHECK(waiting("127.0.0.1:9101") == 1);
}

TEST_CASE("fleet change: doors, folders and threads wait for a restart of rolecalld") {
  const auto plan = change_to(roles_text, "  data_threads: 3\n  patience: 2s\n  api_keys: keys\n");
  REQUIRE(plan.host.size() == 3);
  CHECK(plan.host[0].key == "host.api_keys");
  CHECK(plan.host[0].waits);
  CHECK(plan.host[1].key == "host.data_threads");
  CHECK(plan.host[1].waits);
  CHECK(plan.host[2].key == "host.patience");
  CHECK_FALSE(plan.host[2].waits);
  CHECK(plan.host[2].before == "15s");
}

TEST_CASE("fleet change: a door that asks for keys goes on asking until rolecalld is restarted") {
  registry::host_settings present;
  present.api_keys = "/keys/a";
  registry::host_settings next;
  CHECK(host_difference(present, next).front().waits);
  keep_until_restart(next, present);
  CHECK(next.api_keys == "/keys/a");
  next.api_keys = "/keys/b";
  CHECK_FALSE(host_difference(present, next).front().waits);
  keep_until_restart(next, present);
  CHECK(next.api_keys == "/keys/b");
}

namespace {

void walk(const registry::section& section, const std::string& prefix,
          const std::function<void(const std::string&)>& visit) {
  for (const auto& key : section.keys) {
    const auto path = prefix + std::string{key.name};
    if (key.inner != nullptr)
      walk(*key.inner, path + ".", visit);
    else
      visit(path);
  }
}

/// A key of a role, and two ways to write the role that differ in it.
struct example {
  std::string key;
  std::string before;
  std::string after;
  change expected = change::now;
};

const std::vector<example>& examples() {
  const auto front = [](const std::string& keys) {
    return "{model: alpha, tier: hot, port: 9001" + (keys.empty() ? "" : ", " + keys) + "}";
  };
  const auto now = [&](const std::string& key, const std::string& before,
                       const std::string& after) {
    return example{key, front(before), front(after), change::now};
  };
  const auto restart = [&](const std::string& key, const std::string& before,
                           const std::string& after) {
    return example{key, front(before), front(after), change::restart};
  };
  const std::string spec = "speculative: {draft: draft";
  static const std::vector<example> all{
      {"model", front(""), "{model: beta, tier: hot, port: 9001}", change::restart},
      {"tier", front(""), "{model: alpha, tier: warm, port: 9001}", change::now},
      {"port", front(""), "{model: alpha, tier: hot, port: 9009}", change::restart},
      {"ports", front(""), "{model: alpha, tier: hot, ports: 9001-9002}", change::restart},
      {"shares", front(""), "{shares: other}", change::restart},
      {"listen", front(""), front("listen: 127.0.0.1:9100"), change::unchanged},
      now("aliases", "", "aliases: [one]"),
      now("description", "", "description: two"),
      now("priority", "", "priority: 3"),
      now("expected_speed", "", "expected_speed: 12.5"),
      restart("threads", "", "threads: 2"),
      restart("numa.policy", "", "numa: {policy: interleave}"),
      restart("numa.nodes", "numa: {policy: membind, nodes: 0}",
              "numa: {policy: membind, nodes: 1}"),
      restart("numa.cpus", "numa: {policy: none, cpus: 0-1}", "numa: {policy: none, cpus: 2-3}"),
      restart("context", "", "context: 8192"),
      restart("slots", "", "slots: 2"),
      restart("concurrency", "", "concurrency: 3"),  // the process keeps threads for it
      now("routing", "", "routing: affinity"),
      restart("kv_cache.k", "", "kv_cache: {k: q8_0}"),
      restart("kv_cache.v", "flash_attention: on", "flash_attention: on, kv_cache: {v: q8_0}"),
      restart("flash_attention", "", "flash_attention: on"),
      restart("load_mode", "", "load_mode: none"),
      restart("repack", "", "repack: false"),
      restart("checkpoints", "", "checkpoints: 3"),
      restart("cache_ram", "", "cache_ram: 64MiB"),
      restart("gpu_layers", "", "gpu_layers: 2"),
      restart("moe.experts", "moe: {experts: 4}", "moe: {experts: 6}"),
      now("moe.override_key", "moe: {experts: 4}",
          "moe: {experts: 4, override_key: qwen3moe.expert_used_count}"),
      restart("speculative.draft", "", spec + "}"),
      restart("speculative.max", spec + ", max: 4}", spec + ", max: 8}"),
      restart("speculative.lookup", spec + "}", spec + ", lookup: true}"),
      restart("cpu_moe", "", "cpu_moe: true"),
      restart("n_cpu_moe", "", "n_cpu_moe: 2"),
      restart("embeddings", "", "embeddings: true"),
      restart("pooling", "embeddings: true", "embeddings: true, pooling: mean"),
      restart("extra_args", "", "extra_args: [--no-warmup]"),
      restart("llama_server", "", "llama_server: /opt/other"),
      now("timeouts.ready_stall", "", "timeouts: {ready_stall: 5s}"),
      now("timeouts.first_byte", "", "timeouts: {first_byte: 5s}"),
      now("timeouts.idle", "", "timeouts: {idle: 5s}"),
      now("timeouts.total", "", "timeouts: {total: 5s}"),
      {"timeouts.idle_unload", "{model: alpha, tier: warm, port: 9001}",
       "{model: alpha, tier: warm, port: 9001, timeouts: {idle_unload: 5s}}", change::now},
      now("timeouts.drain", "", "timeouts: {drain: 5s}"),
      now("timeouts.stop", "", "timeouts: {stop: 5s}"),
      now("timeouts.wedged", "", "timeouts: {wedged: 5s}"),
      now("queue.limit", "", "queue: {limit: 5}"),
      now("queue.deadline", "", "queue: {deadline: 5s}"),
      now("queue.comments", "", "queue: {comments: true}"),
      restart("cgroup.memory_high", "", "cgroup: {memory_high: 1GiB}"),
      restart("cgroup.memory_max", "", "cgroup: {memory_max: 1GiB}"),
      restart("cgroup.cpu_weight", "", "cgroup: {cpu_weight: 50}"),
      restart("cgroup.allowed_cpus", "", "cgroup: {allowed_cpus: 0-1}"),
  };
  return all;
}

}  // namespace

TEST_CASE("fleet change: every key of the host is applied at once or waits for a restart") {
  walk(*registry::root_section().find("host")->inner, "", [](const std::string& key) {
    CHECK_MESSAGE(waits_for_restart(key).has_value(), "host." << key << " has no class");
  });
  CHECK_FALSE(waits_for_restart("nonsense").has_value());
}

TEST_CASE("fleet change: every key of a role has its class, and a change of it is seen") {
  walk(registry::role_section(), "", [](const std::string& key) {
    CHECK_MESSAGE(std::ranges::count(examples(), key, &example::key) == 1,
                  "roles.<name>." << key << " has no example");
  });
  const std::string others =
      "  other: {model: beta, tier: warm, port: 9050}\n  draft: {model: beta, tier: draft}\n";
  for (const auto& e : examples()) {
    CAPTURE(e.key);
    const auto present = plan_of("  front: " + e.before + "\n" + others);
    REQUIRE_MESSAGE(present.instances.front().has_value(), present.instances.front().error());
    const auto written = read(registry_text("  front: " + e.after + "\n" + others));
    auto next = written;
    keep_until_restart(next, present.deployment.registry, bound_doors(present.deployment.registry));
    const auto plan = plan_change(present, plan_of(std::move(next)), written);
    const auto& role = role_in(plan, "front");
    CHECK_MESSAGE(role.what == e.expected, to_string(role.what) << " " << role.why);
    const auto is_named = [&](const auto& s) { return s.key == e.key; };
    CHECK(std::ranges::any_of(role.settings, is_named));
    CHECK(role_in(plan, "other").what == change::unchanged);
  }
}

TEST_CASE("fleet change: ids stay with names and processes, and leavers are retired") {
  auto present = plan_of(std::string{roles_text});
  const auto* const front_gate = &present.upstreams[0]->gate;
  const auto* const vectors_gate = &present.upstreams[1]->gate;
  const auto roles =
      "  extra: {model: beta, tier: warm, port: 9001}\n"
      "  front: {model: alpha, tier: hot, port: 9002, aliases: [gpt-4]}\n"
      "  vectors: {model: beta, tier: warm, ports: 9010-9012, timeouts: {drain: 1s}}\n";
  const auto next =
      continue_plan(std::move(present), plan_of(std::string{roles}), std::vector<bool>(4, false));
  const auto& known = next.catalogue;
  REQUIRE(known.roles.size() == 4);
  CHECK(known.roles[0].name == "front");
  CHECK(known.roles[1].name == "math");
  CHECK(known.roles[1].retired);
  CHECK(known.roles[3].name == "extra");
  REQUIRE(known.instances.size() == 6);
  CHECK(known.instances[0].retired);  // front as it was
  CHECK(&next.upstreams[0]->gate == front_gate);
  CHECK(&next.upstreams[1]->gate == vectors_gate);
  CHECK(next.instances[1]->timeouts.drain == std::chrono::seconds{1});
  CHECK(known.instances[4].name == "extra");
  CHECK(known.instances[4].after == std::vector<residency::instance_id>{0});  // its port
  CHECK(known.instances[5].after == std::vector<residency::instance_id>{0});  // its name
  CHECK(known.roles[0].instances == std::vector<residency::instance_id>{5});
  CHECK(next.upstreams[5]->id == 5);
  CHECK(next.routes->find("math") == nullptr);
  REQUIRE(next.routes->find("front") != nullptr);
  CHECK(next.routes->find("front")->id == 0);
  CHECK(next.routes->find("front")->upstreams.front() == next.upstreams[5].get());
}

TEST_CASE("fleet change: the place of what has gone is taken by what comes") {
  auto present = continue_plan(plan_of(std::string{roles_text}),
                               plan_of("  front: {model: alpha, tier: hot, port: 9002}\n"),
                               std::vector<bool>(4, false));
  REQUIRE(present.catalogue.instances.size() == 5);
  const auto next = continue_plan(std::move(present),
                                  plan_of("  front: {model: alpha, tier: hot, port: 9002}\n"
                                          "  math: {model: alpha, tier: warm, port: 9003}\n"),
                                  {false, false, true, false, false});
  CHECK(next.catalogue.instances.size() == 5);
  CHECK(next.catalogue.instances[2].name == "math");
  CHECK_FALSE(next.catalogue.instances[2].retired);
  CHECK(next.catalogue.instances[3].retired);
  CHECK(next.catalogue.roles[1].instances == std::vector<residency::instance_id>{2});
  CHECK(next.former_upstreams.size() == 1);
}

TEST_CASE("fleet change: what leaving processes map does not size the files of those that stay") {
  const std::string front = "  front: {model: alpha, tier: hot, port: 9001";
  auto present = plan_of(front + "}\n");
  present.estimates[0].mapped = {{{1, 1}, 60, "/models/alpha.gguf"}};
  auto next = plan_of(front + ", repack: false}\n");
  next.estimates[0].mapped = {{{1, 1}, 3, "/models/alpha.gguf"}};
  present = continue_plan(std::move(present), std::move(next), {false});
  REQUIRE(present.catalogue.instances.size() == 2);
  const auto bytes_in_files = [&](residency::instance_id id) {
    return present.catalogue.bytes_of(id) - present.catalogue.instances[id].footprint;
  };
  CHECK(bytes_in_files(0) == 60);
  CHECK(bytes_in_files(1) == 3);

  next = plan_of(front + ", repack: false, priority: 1}\n");
  next.estimates[0].mapped = {{{1, 1}, 3, "/models/alpha.gguf"}};
  present = continue_plan(std::move(present), std::move(next), {true, false});
  CHECK(bytes_in_files(0) == 0);
  CHECK(bytes_in_files(1) == 3);
}

TEST_CASE("fleet change: a role that could not run any more is named with its place") {
  const auto present = plan_of(std::string{roles_text});
  auto next = plan_of(std::string{roles_text} + "  fresh: {model: beta, tier: warm, port: 9020}\n");
  CHECK(newly_broken(present, next).empty());
  next.instances[0] = fleet_plan::runnable{boost::system::in_place_error, "no such file"};
  next.instances[4] = fleet_plan::runnable{boost::system::in_place_error, "no such file"};
  const auto broken = newly_broken(present, next);
  REQUIRE(broken.size() == 2);
  CHECK(broken[0].starts_with("model_registry.yaml:"));
  CHECK(broken[0].find("cannot run role front: no such file") != std::string::npos);
  CHECK(newly_broken(next, next).empty());
}
