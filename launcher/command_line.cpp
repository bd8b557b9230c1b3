#include "launcher/command_line.hpp"

#include "launcher/argument_list.hpp"
#include "launcher/extra_arguments.hpp"
#include "launcher/placement.hpp"
#include "launcher/speculation_arguments.hpp"
#include "registry/words.hpp"

#include <algorithm>

namespace rolecall::launcher {
namespace {

using registry::model;
using registry::model_facts;
using registry::role;

// Every request that the process works on or keeps waiting holds one HTTP thread, and so does each
// health probe.
constexpr int spare_http_threads = 32;

void add_identity(argument_list& arguments, const registry::instance& instance, const role& r,
                  const model& m, const model_facts& facts) {
  arguments.require({"--model"}, facts.path.string(),
                    "model " + m.name + (m.quant.empty() ? "" : ", " + m.quant));
  if (facts.mmproj) {
    arguments.require({"--mmproj"}, facts.mmproj->string(),
                      "models." + m.name + ".mmproj: the projector of its images");
    if (r.gpu_layers == 0)
      arguments.offer({"--no-mmproj-offload"}, "gpu_layers 0: the projector stays on the CPU, too");
  }
  arguments.offer({"--alias"}, r.name, "answers and /v1/models name the role");
  arguments.require({"--host"}, "127.0.0.1", "reached through the front door alone");
  arguments.require({"--port"}, std::to_string(instance.port),
                    "fixed port of instance " + instance.name);
}

// Older builds have no --load-mode: mapping is what they do by themselves, and flags change it.
void add_load_mode(argument_list& arguments, const role& r) {
  const auto mode = std::string(registry::name_of(r.load_mode));
  const auto reason = "load_mode " + mode;
  const auto& binary = arguments.binary();
  if (binary.has("--load-mode")) {
    if (!binary.has_value("--load-mode", mode))
      arguments.refuse(describe(binary) + " knows no --load-mode " + mode +
                       "; choose another load_mode");
    arguments.require({"--load-mode"}, mode, reason);
    return;
  }
  switch (r.load_mode) {
    case registry::load_mode::automatic:
    case registry::load_mode::mmap:
      return;
    case registry::load_mode::none:
      arguments.require({"--no-mmap"}, reason);
      return;
    case registry::load_mode::mmap_mlock:
      arguments.require({"--mlock"}, reason);
      return;
    case registry::load_mode::mlock:
      arguments.require({"--mlock"}, reason);
      arguments.require({"--no-mmap"}, reason + ": locked, not mapped");
      return;
    case registry::load_mode::dio:
      arguments.require({"--load-mode", "--direct-io"}, reason);
      return;
  }
}

void check_lockable(argument_list& arguments, const role& r, const model_facts& facts,
                    const topology& host) {
  const bool locks =
      r.load_mode == registry::load_mode::mlock || r.load_mode == registry::load_mode::mmap_mlock;
  if (!locks || !host.lockable_memory || *host.lockable_memory >= facts.weights_bytes) return;
  arguments.notice("load_mode " + std::string(registry::name_of(r.load_mode)) + " will lock only " +
                   std::to_string(*host.lockable_memory >> 10U) + " KiB of " +
                   std::to_string(facts.weights_bytes >> 10U) +
                   " KiB, without an error of llama-server: raise LimitMEMLOCK (ulimit -l)");
}

// Builds before 2025-09 have a bare switch, off by itself.
void add_flash_attention(argument_list& arguments, const role& r) {
  const auto value = std::string(registry::name_of(r.flash_attention));
  const auto reason = "flash_attention " + value;
  if (!arguments.binary().valueless.contains("--flash-attn"))
    arguments.require({"--flash-attn"}, value, reason);
  else if (r.flash_attention == registry::flash_attention::on)
    arguments.require({"--flash-attn"}, reason);
}

// A prompt to embed must fit into one physical batch, and a larger logical batch crashes older
// servers.
void add_embedding(argument_list& arguments, const role& r) {
  if (!r.embeddings) return;
  arguments.require({"--embeddings"}, "embeddings: the process answers embedding requests alone");
  if (!r.pooling.empty()) arguments.require({"--pooling"}, r.pooling, "pooling " + r.pooling);
  const auto longest = std::to_string(std::max(r.context / std::max(r.slots, 1), 1));
  arguments.require({"--batch-size"}, longest,
                    "a prompt to embed is worked on in one batch: context of one slot");
  arguments.require({"--ubatch-size"}, longest,
                    "the physical batch likewise, or longer prompts are refused");
}

void add_context(argument_list& arguments, const role& r, const model_facts& facts) {
  arguments.require({"--ctx-size"}, std::to_string(r.context), "context: tokens over all slots");
  arguments.require({"--parallel"}, std::to_string(r.slots), "slots: requests worked on at once");
  arguments.offer({"--no-kv-unified"}, "each slot keeps its own share of the context");
  if (!facts.encoder) {  // an encoder has no KV cache
    arguments.require({"--cache-type-k"}, r.kv_cache.k, "kv_cache.k");
    arguments.require({"--cache-type-v"}, r.kv_cache.v, "kv_cache.v");
  }
  add_flash_attention(arguments, r);
  if (!r.embeddings)
    arguments.offer({"--no-context-shift"},
                    "a full context ends an answer instead of forgetting its start");
}

void add_memory(argument_list& arguments, const role& r, const model_facts& facts,
                const topology& host) {
  add_load_mode(arguments, r);
  check_lockable(arguments, r, facts, host);
  const auto mebibytes = std::to_string(r.cache_ram >> 20U);
  // Builds before 2025-10 keep no such cache.
  if (r.cache_ram == 0)
    arguments.offer({"--cache-ram"}, mebibytes,
                    "cache_ram 0: the engine's own default is 8 GiB for each process");
  else
    arguments.require({"--cache-ram"}, mebibytes,
                      "cache_ram: MiB of earlier prompts kept outside the context");
  if (!r.repack)
    arguments.require({"--no-repack"},
                      "repack off: mapped weights stay shared with other processes");
  if (!facts.encoder)
    arguments.offer({"--ctx-checkpoints"}, std::to_string(r.checkpoints),
                    "checkpoints: states per slot to go back to; the engine's own default is 32");
  arguments.offer({"--fit"}, "off",
                  "the registry's context and layers stand, whatever the device has free");
  arguments.require(
      {"--n-gpu-layers", "--gpu-layers"}, std::to_string(r.gpu_layers),
      r.gpu_layers == 0 ? "gpu_layers 0: this host computes on its CPUs" : "gpu_layers");
}

void add_experts(argument_list& arguments, const role& r, const model_facts& facts) {
  if (r.moe) {
    const auto key = r.moe->override_key.value_or(facts.architecture + ".expert_used_count");
    arguments.require({"--override-kv"}, key + "=int:" + std::to_string(r.moe->experts),
                      "moe.experts " + std::to_string(r.moe->experts) + " of " +
                          std::to_string(facts.expert_count) + " for each token" +
                          (facts.expert_used_count > 0
                               ? ", instead of " + std::to_string(facts.expert_used_count) + ""
                               : ""));
  }
  if (std::holds_alternative<registry::cpu_moe_all>(r.cpu_moe))
    arguments.require({"--cpu-moe"}, "cpu_moe: expert weights of all layers stay in RAM");
  else if (const auto* first = std::get_if<registry::cpu_moe_layers>(&r.cpu_moe))
    arguments.require({"--n-cpu-moe"}, std::to_string(first->n),
                      "n_cpu_moe: expert weights of the first layers stay in RAM");
}

void add_serving(argument_list& arguments, const role& r, int threads) {
  const auto count = std::to_string(threads);
  arguments.require({"--threads"}, count,
                    r.threads == 0 ? "physical cores of the placement" : "threads");
  arguments.require({"--threads-batch"}, count, "prompts are worked on by as many");
  arguments.offer({"--threads-http"},
                  std::to_string(std::max(r.slots, r.concurrency) + spare_http_threads),
                  "requests hold one each: 32 more than are given at once keep health probes "
                  "answered");
  arguments.require({"--metrics"}, "the process's own counters can be read");
  arguments.offer({"--slots"}, "what each slot does can be read");
  arguments.offer({"--no-ui", "--no-webui"}, "the front door serves no pages");
  arguments.offer({"--offline"}, "nothing is downloaded");
}

void add_environment(argument_list& arguments) {
  // llama.cpp sizes its own teams of threads; libraries that it calls must not start one per CPU
  // each.
  arguments.set_environment("OMP_NUM_THREADS", "1");
}

}  // namespace

std::vector<std::string> command_line::words() const {
  std::vector<std::string> all;
  for (const auto& a : arguments) all.insert(all.end(), a.words.begin(), a.words.end());
  return all;
}

boost::system::result<command_line, std::string> build_command_line(
    const registry::deployment& deployment, const registry::instance& instance,
    const topology& host, const capabilities& binary) {
  const auto* const r = deployment.registry.find_role(instance.role);
  const auto* const m = r == nullptr ? nullptr : deployment.registry.find_model(r->model);
  const auto facts = m == nullptr ? deployment.facts.end() : deployment.facts.find(m->name);
  if (facts == deployment.facts.end())
    return "cannot launch role " + instance.role +
           ": its model's file has not been looked at; run rolectl check";

  const auto barrier = speculation_barrier(*r, *m, facts->second);
  argument_list arguments(*r, binary);
  const auto cpus = add_placement(arguments, *r, host);
  const int threads = threads_for(arguments, *r, host, cpus);
  arguments.add({binary.binary.string()},
                "engine " + (binary.version.empty() ? "of unknown version" : binary.version));
  add_identity(arguments, instance, *r, *m, facts->second);
  add_context(arguments, *r, facts->second);
  add_memory(arguments, *r, facts->second, host);
  add_experts(arguments, *r, facts->second);
  add_speculation(arguments, deployment, *r, barrier);
  add_embedding(arguments, *r);
  add_serving(arguments, *r, threads);
  add_extra_arguments(arguments, *r, barrier);
  add_environment(arguments);
  return std::move(arguments).finish();
}

}  // namespace rolecall::launcher
