#include "launcher/extra_arguments.hpp"

#include "launcher/speculation_arguments.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace rolecall::launcher {
namespace {

struct reserved_flag {
  std::string_view flag;
  std::string_view instead;
};

// Flags that the registry has a key for, or that would lead the process away from its role.
constexpr reserved_flag reserved_flags[] = {
    {"--model", "the model's path is models.<name>.path"},
    {"--model-url", "the model's path is models.<name>.path"},
    {"--hf-repo", "the model's path is models.<name>.path"},
    {"--hf-file", "the model's path is models.<name>.path"},
    {"--docker-repo", "the model's path is models.<name>.path"},
    {"--models-dir", "a role serves one model, models.<name>.path"},
    {"--models-preset", "a role serves one model, models.<name>.path"},
    {"--alias", "the name is the role's; more names are its aliases"},
    {"--host", "processes listen on 127.0.0.1 alone; host.listen is the front door"},
    {"--port", "use the role's port or ports"},
    {"--reuse-port", "each process has a port to itself"},
    {"--api-prefix", "requests are relayed to the paths that llama-server has by itself"},
    {"--api-key", "the front door talks to the process without a key"},
    {"--api-key-file", "the front door talks to the process without a key"},
    {"--ssl-key-file", "the front door talks to the process in plain HTTP on 127.0.0.1"},
    {"--ssl-cert-file", "the front door talks to the process in plain HTTP on 127.0.0.1"},
    {"--ctx-size", "use context"},
    {"--parallel", "use slots"},
    {"--kv-unified", "each slot has its share of context: use context and slots"},
    {"--kv-unified-per-slot", "each slot has its share of context: use context and slots"},
    {"--cache-type-k", "use kv_cache: {k: …}"},
    {"--cache-type-v", "use kv_cache: {v: …}"},
    {"--flash-attn", "use flash_attention"},
    {"--load-mode", "use load_mode"},
    {"--mlock", "use load_mode: mlock"},
    {"--mmap", "use load_mode"},
    {"--no-mmap", "use load_mode: none"},
    {"--direct-io", "use load_mode: dio"},
    {"--cache-ram", "use cache_ram"},
    {"--ctx-checkpoints", "use checkpoints"},
    {"--repack", "use repack"},
    {"--no-repack", "use repack: false"},
    {"--metrics", "it is always on"},
    {"--slots", "it is always on"},
    {"--no-slots", "it is always on"},
    {"--threads", "use threads"},
    {"--threads-batch", "use threads"},
    {"--cpu-mask", "use numa: {cpus: …}"},
    {"--cpu-range", "use numa: {cpus: …}"},
    {"--cpu-mask-batch", "use numa: {cpus: …}"},
    {"--cpu-range-batch", "use numa: {cpus: …}"},
    {"--numa", "use numa"},
    {"--n-gpu-layers", "use gpu_layers"},
    {"--cpu-moe", "use cpu_moe: true"},
    {"--n-cpu-moe", "use n_cpu_moe"},
    {"--mmproj", "use models.<name>.mmproj"},
    {"--mmproj-url", "use models.<name>.mmproj"},
    {"--embeddings", "use embeddings: true"},
    {"--reranking", "use embeddings: true with pooling: rank"},
    {"--pooling", "use pooling"},
    {"--model-draft", "use speculative: {draft: …}"},
    {"--hf-repo-draft", "use speculative: {draft: …}"},
    {"--spec-type", "use speculative: {draft: …, lookup: …}"},
    {"--spec-default", "use speculative: {draft: …, lookup: …}"},
    {"--log-file", "output goes to host.log_dir"},
    {"--log-disable", "a start is followed by what the process prints"},
    {"--help", "the process would end at once"},
    {"--version", "the process would end at once"},
    {"--cache-list", "the process would end at once"},
    {"--completion-bash", "the process would end at once"},
    {"--list-devices", "the process would end at once"},
};

// "-1" and "-0.5" are values; "-np" and "--parallel" are flags, known or not.
bool looks_like_flag(std::string_view word) {
  return word.size() > 1 && word.front() == '-' &&
         (word[1] == '-' || std::isalpha(static_cast<unsigned char>(word[1])) != 0);
}

/// Why a known or unknown flag may not be passed; empty when it may.
std::optional<std::string> objection(const argument_list& arguments, const registry::role& role,
                                     const std::optional<std::string>& barrier,
                                     std::string_view word) {
  const auto& binary = arguments.binary();
  const auto flag = word.substr(0, word.find('='));
  if (is_speculation_flag(flag)) {
    if (barrier)
      return "speculative decoding is not possible with model " + role.model + ": " + *barrier;
    if (!role.speculative)
      return std::string("use speculative, which is checked against the model");
  }
  if (const auto gone = binary.removed.find(flag); gone != binary.removed.end())
    return describe(binary) + " has removed it: " + gone->second;
  if (!binary.has(word))
    return describe(binary) + " does not know it" +
           (binary.has(flag) ? ": write the value as the next item, not behind ="
                             : "; see its --help");
  for (const auto& [name, instead] : reserved_flags)
    if (binary.same_flag(word, name)) return std::string(instead);
  // Presets such as --gpt-oss-20b-default choose a model, a port and a context of their own, and
  // download.
  if (word.starts_with("--") && (word.ends_with("-default") || word.ends_with("-spec")))
    return std::string("presets replace the role's model and port");
  const bool repeatable = binary.same_flag(word, "--override-kv");
  if (const auto* reason = arguments.reason_of(word); reason != nullptr && !repeatable)
    return "the launcher sets it already: " + *reason;
  return std::nullopt;
}

}  // namespace

void add_extra_arguments(argument_list& arguments, const registry::role& role,
                         const std::optional<std::string>& barrier) {
  const auto& binary = arguments.binary();
  const auto& words = role.extra_args;
  for (std::size_t i = 0; i < words.size();) {
    const auto& flag = words[i];
    const auto refuse = [&](const std::string& reason) {
      arguments.refuse("extra_args " + flag + ": " + reason);
    };
    if (!looks_like_flag(flag))
      return refuse("expected a flag here; is it a second value of the one before?");
    if (const auto why = objection(arguments, role, barrier, flag)) return refuse(*why);

    std::vector<std::string> group{flag};
    while (++i < words.size() && !looks_like_flag(words[i])) group.push_back(words[i]);
    const bool wants_value = !binary.valueless.contains(flag);
    if (wants_value && group.size() == 1) return refuse("its value is missing");
    if (!wants_value && group.size() > 1)
      return refuse("takes no value, but " + group[1] + " follows");
    if (binary.same_flag(flag, "--override-kv") &&
        group[1].find("expert_used_count") != std::string::npos)
      return refuse("use moe: {experts: …}, which is checked against the model");
    arguments.add(std::move(group), "extra_args of the role");
  }
}

}  // namespace rolecall::launcher
