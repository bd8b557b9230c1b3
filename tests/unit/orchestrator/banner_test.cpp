#include "orchestrator/banner.hpp"

#include "orchestrator/proxy/role_selection.hpp"
#include "tests/unit/launcher/launch_case.hpp"
#include "tests/unit/proxy/selection_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

constexpr auto registry_text = R"(version: 1
host:
  listen: 127.0.0.1:0
  admin: 127.0.0.1:0
  llama_server: /opt/llama-server
  model_dirs: [/models]
defaults: {numa: {policy: none}, threads: 1}
models:
  moe-30b: {path: moe.gguf}
  dense-32b: {path: dense.gguf}
  draft-0.5b: {path: draft.gguf}
  gone-7b: {path: gone.gguf}
  spare-1b: {path: spare.gguf}
roles:
  frontdoor: {model: moe-30b, tier: hot, port: 9001, moe: {experts: 6}}
  coder: {model: dense-32b, tier: hot, port: 9002, speculative: {draft: draft, max: 24, lookup: true}}
  math: {shares: coder}
  worker: {model: gone-7b, tier: warm, port: 9003}
  vectors: {model: dense-32b, tier: warm, ports: 9010-9012, embeddings: true, pooling: cls}
  draft: {model: draft-0.5b, tier: draft}
)";

constexpr banner_style plain{};
constexpr banner_style rich{.colour = true, .marks = true};

launcher::topology two_nodes() {
  launcher::topology host;
  host.memory_total = 64ULL << 30;
  host.nodes = {{.id = 0, .cpus = {0, 1, 4, 5}, .memory_total = 31ULL << 30},
                {.id = 1, .cpus = {2, 3, 6, 7}, .memory_total = 33ULL << 30}};
  host.core_of = {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 0}, {5, 1}, {6, 2}, {7, 3}};
  host.allowed_cpus = {0, 1, 2, 3, 4, 5, 6, 7};
  return host;
}

registry::model_registry read_registry() {
  auto read = registry::read(registry_text, "model_registry.yaml");
  REQUIRE(read.value);
  return *std::move(read.value);
}

/// With footprints that no formula decides.
fleet_plan plan_of_all() {
  registry::deployment deployment{
      .registry = read_registry(),
      .facts = {},
      .broken_roles = {{"worker", "cannot find model gone-7b: /models/gone.gguf: no such file"}}};
  for (const auto& model : deployment.registry.models) {
    if (model.name == "gone-7b" || model.name == "spare-1b") continue;
    registry::model_facts facts;
    facts.path = "/models" / model.path;
    facts.shards = {facts.path};
    facts.weights_bytes = 10ULL << 30;
    facts.architecture = model.name == "moe-30b" ? "qwen3moe" : "qwen2";
    if (model.name == "moe-30b") facts.expert_count = 128, facts.expert_used_count = 8;
    deployment.facts.emplace(model.name, facts);
  }
  engines known;
  auto engine = launcher::test::recorded_engine("0.7.0");
  engine.binary = "/opt/llama-server";
  known.emplace("/opt/llama-server", engine);
  auto plan = plan_fleet(std::move(deployment), 50ULL << 30, two_nodes(), known, {});
  plan.catalogue.files.clear();
  for (auto& instance : plan.catalogue.instances) {
    instance.files.clear();
    instance.footprint = 2ULL << 30;
  }
  return plan;
}

diagnosis_facts some_facts() {
  return {.engines = {{.text = "llama-server 0.7.0 (build 11669), /opt/llama-server"},
                      {.text = "cannot use engine /opt/other: there is no such file",
                       .is_usable = false}},
          .memory = 64ULL << 30,
          .warnings = {"line 7: threads: 1 leaves 3 cores idle"},
          .listen = {"http://127.0.0.1:8070", "http://127.0.0.1:9083 (coder)"},
          .admin = {"127.0.0.1:8071", "unix:/run/rolecall/admin.sock"}};
}

}  // namespace

TEST_CASE("banner: it opens with version, host, processor and registry") {
  const auto registry = read_registry();
  const launcher::cpu_features cpu{.model = "AMD EPYC 9655", .extensions = {"avx2", "avx512f"}};
  CHECK(opening_text("1.2.3", registry, two_nodes(), cpu, plain) ==
        "rolecalld 1.2.3\n"
        "  host      2 NUMA nodes, 4 cores, 64.0 GiB\n"
        "    node 0  CPUs 0-1,4-5, 31.0 GiB\n"
        "    node 1  CPUs 2-3,6-7, 33.0 GiB\n"
        "  cpu       AMD EPYC 9655: avx2 avx512f\n"
        "  registry  model_registry.yaml: 6 roles (3 hot, 2 warm, 1 draft), 6 instances\n"
        "  models    5 in the registry\n");

  auto contained = two_nodes();
  contained.nodes.pop_back();
  contained.memory_policy_allowed = false;
  const auto text = opening_text("1.2.3", registry, contained, {}, plain);
  CHECK(text.find("  host      1 NUMA node, ") != std::string::npos);
  CHECK(text.find("\n    memory policies are forbidden here: CPU affinity only\n") !=
        std::string::npos);
}

TEST_CASE("banner: what will run and what cannot is told role by role, with doors at the end") {
  CHECK(diagnosis_text(some_facts(), plan_of_all(), plain) ==
        "  models    3 found, 30.0 GiB; cannot be used: gone-7b; of no role: spare-1b\n"
        "  engine    llama-server 0.7.0 (build 11669), /opt/llama-server\n"
        "  engine    cannot use engine /opt/other: there is no such file\n"
        "  budget    50.0 GiB of 64.0 GiB; hot roles 4.0 GiB, largest warm role 6.0 GiB\n"
        "  moe       frontdoor 6 experts instead of 8\n"
        "  drafts    coder draft K=24, lookup (draft-0.5b)\n"
        "  roles     5 roles to ask for\n"
        "    frontdoor            hot   9001          2.0 GiB  moe-30b (6 experts)\n"
        "    coder                hot   9002          2.0 GiB  dense-32b (draft K=24, lookup)\n"
        "    math                 hot   shares coder\n"
        "    worker               warm  cannot run: cannot find model gone-7b: /models/gone.gguf: "
        "no such file\n"
        "    vectors              warm  9010-9012     6.0 GiB  dense-32b (embeddings)\n"
        "  warning   line 7: threads: 1 leaves 3 cores idle\n"
        "  door      http://127.0.0.1:8070, http://127.0.0.1:9083 (coder)\n"
        "  admin     127.0.0.1:8071, unix:/run/rolecall/admin.sock\n");
}

TEST_CASE("banner: what an engine computes on is a line of its own") {
  CHECK(backend_text("CPU (zen4)", plain) == "  backend   CPU (zen4)\n");
}

TEST_CASE("banner: a fleet without experts or drafts says so") {
  auto plan = plan_of_all();
  for (auto& role : plan.deployment.registry.roles) {
    role.moe.reset();
    role.speculative.reset();
  }
  plan.deployment.registry.roles.front().cpu_moe = registry::cpu_moe_layers{12};
  auto text = diagnosis_text(some_facts(), plan, plain);
  CHECK(text.find("\n  moe       frontdoor experts of 12 layers on the CPU\n") !=
        std::string::npos);
  CHECK(text.find("\n  drafts    none\n") != std::string::npos);
  plan.deployment.registry.roles.front().cpu_moe = {};
  text = diagnosis_text(some_facts(), plan, plain);
  CHECK(text.find("\n  moe       as trained\n") != std::string::npos);
}

TEST_CASE("banner: a terminal sees colours and marks, and the words stay the same") {
  const auto coloured = diagnosis_text(some_facts(), plan_of_all(), rich);
  CHECK(backend_text("CPU (zen4)", rich) == "  \033[2mbackend\033[0m   CPU (zen4)\n");
  CHECK(coloured.find("\033[31m✘ cannot use engine /opt/other: there is no such file\033[0m\n") !=
        std::string::npos);
  CHECK(coloured.find("\033[33m⚠ line 7: ") != std::string::npos);
  CHECK(coloured.find("\n    worker               warm  \033[31m✘ cannot run: ") !=
        std::string::npos);
  CHECK(opening_text("1.2.3", read_registry(), two_nodes(), {}, rich)
            .starts_with("\033[1mrolecalld 1.2.3\033[0m\n"));

  std::string bare = coloured;
  for (const std::string extra :
       {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "✘ ", "⚠ ", "✔ "})
    for (auto at = bare.find(extra); at != std::string::npos; at = bare.find(extra))
      bare.erase(at, extra.size());
  CHECK(bare == diagnosis_text(some_facts(), plan_of_all(), plain));
}

TEST_CASE("banner: readiness comes with the endpoints, and what is not ready with its reason") {
  arrival_facts facts{.ready = 3,
                      .trouble = {},
                      .elapsed = std::chrono::milliseconds{34'200},
                      .listen = {"http://127.0.0.1:8070"},
                      .admin = {"127.0.0.1:8071"}};
  CHECK(arrival_text(facts, plain) ==
        "  ready     3 of 3 hot roles, after 34.2 s\n"
        "  serves    http://127.0.0.1:8070\n"
        "    POST /v1/chat/completions\n"
        "    POST /v1/completions\n"
        "    POST /v1/responses\n"
        "    POST /v1/messages\n"
        "    POST /v1/embeddings\n"
        "    POST /v1/rerank\n"
        "    POST /api/chat\n"
        "    POST /api/generate\n"
        "    GET  /v1/models\n"
        "    GET  /health\n"
        "  operators 127.0.0.1:8071\n"
        "    GET  /admin/status /admin/events /metrics /readyz; rolectl status\n");
  CHECK(arrival_text(facts, rich).find("\033[32m✔ 3 of 3 hot roles, after 34.2 s\033[0m\n") !=
        std::string::npos);

  facts.trouble = {"coder: failed (crashed: signal 9)"};
  CHECK(arrival_text(facts, plain)
            .starts_with("  not ready 3 of 4 hot roles, after 34.2 s\n"
                         "    coder: failed (crashed: signal 9)\n"
                         "  serves "));
}

TEST_CASE("banner: the endpoints that it shows are those that the front door has") {
  const proxy::test::asked_for ask;
  for (const auto& endpoint : shown_endpoints()) {
    CAPTURE(endpoint.path);
    if (endpoint.method == "GET")
      (void)proxy::test::page_of(ask(boost::beast::http::verb::get, endpoint.path));
    else
      CHECK(std::holds_alternative<proxy::role_request>(
          ask.post(endpoint.path, R"({"model":")" + ask.routes.table.roles.front().name +
                                      R"(","prompt":"x","messages":[],"input":"x"})")));
  }
}

TEST_CASE("banner: colours and marks are for terminals that can and may show them") {
  const terminal_environment good{.no_color = "", .term = "xterm-256color", .locale = "C.UTF-8"};
  CHECK(style_for(true, good) == rich);
  CHECK(style_for(false, good) == plain);
  CHECK(style_for(true, {.no_color = "1", .term = good.term, .locale = good.locale}) == plain);
  CHECK(style_for(true, {.no_color = "", .term = "dumb", .locale = good.locale}) == plain);
  CHECK(style_for(true, {.no_color = "", .term = "", .locale = good.locale}) == plain);
  const banner_style without_marks{.colour = true, .marks = false};
  CHECK(style_for(true, {.no_color = "", .term = good.term, .locale = "C"}) == without_marks);
  CHECK(style_for(true, {.no_color = "", .term = good.term, .locale = "de_DE.utf8"}) == rich);
}

TEST_CASE("banner: a value cannot drive the terminal") {
  CHECK(banner_lines(plain).line("engine", "a\033[2Jb\nc\x7f").text() == "  engine    a[2Jbc\n");
}
