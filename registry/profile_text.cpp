#include "registry/profile_text.hpp"

#include <algorithm>
#include <array>

namespace rolecall::registry {

namespace {

struct catalogue_model {
  std::string_view name;
  std::string_view path;
  std::string_view quant;
  std::string_view mmproj;
};

/// Files as the production registry (model_registry.yaml) names them.
constexpr std::array catalogue{
    catalogue_model{"qwen3-coder-30b-a3b",
                    "lmstudio-community/Qwen3-Coder-30B-A3B-Instruct-GGUF/"
                    "Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf",
                    "Q4_K_M", ""},
    catalogue_model{"qwen2.5-coder-32b",
                    "lmstudio-community/Qwen2.5-Coder-32B-Instruct-GGUF/"
                    "Qwen2.5-Coder-32B-Instruct-Q4_K_M.gguf",
                    "Q4_K_M", ""},
    catalogue_model{"qwen2.5-7b-q4",
                    "lmstudio-community/Qwen2.5-7B-Instruct-GGUF/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
                    "Q4_K_M", ""},
    catalogue_model{"qwen2.5-7b", "Qwen2.5-7B-Instruct-f16.gguf", "f16", ""},
    catalogue_model{"qwen2.5-coder-0.5b",
                    "lmstudio-community/Qwen2.5-Coder-0.5B-Instruct-GGUF/"
                    "Qwen2.5-Coder-0.5B-Instruct-Q8_0.gguf",
                    "Q8_0", ""},
    catalogue_model{
        "qwen2.5-vl-7b",
        "lmstudio-community/Qwen2.5-VL-7B-Instruct-GGUF/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf",
        "Q4_K_M", "mmproj-model-f16.gguf"},
    catalogue_model{"qwen3-vl-30b-a3b",
                    "lmstudio-community/Qwen3-VL-30B-A3B-Instruct-GGUF/"
                    "Qwen3-VL-30B-A3B-Instruct-Q4_K_M.gguf",
                    "Q4_K_M", "mmproj-model-f16.gguf"},
    catalogue_model{"qwen3-next-80b-a3b",
                    "lmstudio-community/Qwen3-Next-80B-A3B-Instruct-GGUF/"
                    "Qwen3-Next-80B-A3B-Instruct-Q4_K_M.gguf",
                    "Q4_K_M", ""},
    catalogue_model{
        "qwen3-235b-a22b",
        "lmstudio-community/Qwen3-235B-A22B-GGUF/Qwen3-235B-A22B-Q4_K_M-00001-of-00004.gguf",
        "Q4_K_M", ""},
    catalogue_model{"qwen3-coder-480b-a35b",
                    "lmstudio-community/Qwen3-Coder-480B-A35B-Instruct-GGUF/"
                    "Qwen3-Coder-480B-A35B-Instruct-Q4_K_M-00001-of-00008.gguf",
                    "Q4_K_M", ""},
    catalogue_model{"bge-large-en-v1.5", "bge-large-en-v1.5-f16.gguf", "F16", ""},
};

/// How a role is written; `settings` are the reference deployment's, for its models.
struct role_form {
  std::string_view profile_role;  ///< the row that it stands for
  std::string_view name;
  std::string_view ports;
  std::string_view settings;
  bool drafts = false;  ///< speculates when the profile has a draft
};
constexpr std::array role_forms{
    role_form{"frontdoor", "frontdoor", "port: 8080",
              "expected_speed: 18.3\n"
              "    moe: {experts: 6, override_key: qwen3moe.expert_used_count}\n"},
    role_form{"coder_escalation", "coder_escalation", "port: 8081", "expected_speed: 39.4\n", true},
    role_form{"workers", "worker_general", "port: 8082", "expected_speed: 43.9\n    slots: 4\n",
              true},
    role_form{"architect_general", "architect_general", "port: 8083",
              "expected_speed: 6.75\n"
              "    moe: {experts: 4, override_key: qwen3moe.expert_used_count}\n"
              "    timeouts: {first_byte: 900s}\n"},
    role_form{"architect_coding", "architect_coding", "port: 8084",
              "expected_speed: 10.3\n"
              "    moe: {experts: 3, override_key: qwen3moe.expert_used_count}\n"
              "    timeouts: {ready_stall: 120s, first_byte: 900s}\n"},
    role_form{"ingest", "ingest_long_context", "port: 8085",
              "expected_speed: 6.3\n    context: 131072\n    slots: 1\n"
              "    moe: {experts: 4, override_key: qwen3next.expert_used_count}\n"
              "    timeouts: {first_byte: 1800s}\n"},
    role_form{"worker_vision", "worker_vision", "port: 8086",
              "expected_speed: 15\n    context: 16384\n"},
    role_form{"vision_escalation", "vision_escalation", "port: 8087",
              "expected_speed: 10\n    context: 16384\n"
              "    moe: {experts: 4, override_key: qwen3vlmoe.expert_used_count}\n"},
    role_form{"embedder", "embedder", "ports: 8090-8095",
              "embeddings: true\n    pooling: cls\n    context: 512\n    slots: 1\n    threads: 1\n"
              "    timeouts: {first_byte: 30s}\n"},
};

/// Names that callers know, when one model answers for all of them.
constexpr std::array all_role_names{"coder_escalation",  "worker_general",   "worker_math",
                                    "architect_general", "architect_coding", "ingest_long_context"};

constexpr std::string_view compatibility_text = R"yaml(
compatibility:
  allow:
    - {target: qwen2.5-coder-32b, draft: qwen2.5-coder-0.5b, max: 24, reason: 5.4 times faster with lookup}
    - {target: "qwen2.5-7b*", draft: qwen2.5-coder-0.5b, max: 24, reason: 3.8 times faster with lookup}
  forbid:
    - {target: qwen3-coder-480b-*, draft: "*", reason: "the BOS tokens do not match (BOS is ',')"}
    - {target: qwen3-next-*, draft: "*", reason: recurrent state cannot be rolled back}
    - {target: "qwen*-vl-*", draft: "*", reason: text drafts do not match the vision encoder}
)yaml";

bool serves_everything(const recommendation& what) {
  return what.base->roles.size() == 1 && what.base->roles.front().role == "all roles";
}

bool has_draft(const recommendation& what) {
  return std::ranges::any_of(what.kept,
                             [](const profile_role& r) { return r.level == tier::draft; });
}

std::string head(const recommendation& what, const host_shape& host) {
  std::string text = "# For a host with " + format_gb(what.budget.total_ram) + " of RAM: profile " +
                     std::string(what.base->name) + ", " +
                     format_gb(what.budget.available_for_models) + " available for models.\n";
  for (const auto& o : what.left_out)
    text += "# Left out: " + std::string(o.role.role) + " (" + std::string(o.role.title) + ", " +
            format_gb(o.role.size) + ").\n";
  text +=
      "# Put the model files below model_dirs or change the paths, then run: rolectl check FILE\n"
      "# expected_speed is the reference host's (96 cores, AVX-512): replace it by what you "
      "measure.\n"
      "version: 1\n\nhost:\n"
      "  memory: {budget: auto, os_reserve: 16GB, safety: 15%}\n"
      "  llama_server: llama-server             # looked up in PATH\n"
      "  model_dirs: [/srv/models]\n"
      "  default_role: frontdoor\n\ndefaults:\n";
  text += "  threads: " + std::to_string(host.cores) + "\n";
  text += host.numa_nodes > 1 ? "  numa: {policy: interleave, nodes: all}\n"
                              : "  numa: {policy: none}\n";
  return text + "  context: 32768\n  slots: 2\n  load_mode: mmap\n";
}

std::string model_section(const recommendation& what) {
  std::string text = "\nmodels:\n";
  for (const auto& m : catalogue) {
    if (std::ranges::find(what.kept, m.name, &profile_role::model) == what.kept.end()) continue;
    text += "  " + std::string(m.name) + ":\n    path: " + std::string(m.path) + "\n";
    if (!m.mmproj.empty()) text += "    mmproj: " + std::string(m.mmproj) + "\n";
    text += "    quant: " + std::string(m.quant) + "\n";
  }
  return text;
}

std::string shared_roles(std::string_view model) {
  std::string text =
      "  frontdoor:\n    description: answers for every role\n    model: " + std::string(model) +
      "\n    tier: hot\n    port: 8080\n    slots: 4\n";
  for (const auto* const name : all_role_names)
    text += "  " + std::string(name) + ": {shares: frontdoor}\n";
  return text;
}

/// The reference deployment measured the workers' model in f16; of a smaller one the field guide
/// expects 25 to 40.
std::string settings_of(const role_form& form, const profile_role& kept) {
  std::string settings(form.settings);
  constexpr std::string_view measured = "expected_speed: 43.9";
  if (kept.model == "qwen2.5-7b-q4") settings.replace(0, measured.size(), "expected_speed: 25");
  return settings;
}

std::string role_text(const role_form& form, const profile_role& kept, bool with_draft) {
  std::string text = "  " + std::string(form.name) + ":\n    model: " + std::string(kept.model) +
                     "\n    tier: " + std::string(name_of(kept.level)) + "\n    " +
                     std::string(form.ports) + "\n    " + settings_of(form, kept);
  if (form.drafts && with_draft) text += "    speculative: {draft: draft, max: 24, lookup: true}\n";
  if (form.name == "worker_general") text += "  worker_math: {shares: worker_general}\n";
  return text;
}

std::string role_section(const recommendation& what) {
  std::string text = "\nroles:\n";
  if (serves_everything(what)) return text + shared_roles(what.base->roles.front().model);
  const bool with_draft = has_draft(what);
  for (const auto& form : role_forms) {
    const auto kept = std::ranges::find(what.kept, form.profile_role, &profile_role::role);
    if (kept != what.kept.end()) text += role_text(form, *kept, with_draft);
  }
  if (with_draft) text += "  draft: {model: qwen2.5-coder-0.5b, tier: draft}\n";
  return text;
}

}  // namespace

std::string registry_text(const recommendation& what, const host_shape& host) {
  return head(what, host) + model_section(what) + role_section(what) +
         (has_draft(what) ? std::string(compatibility_text) : std::string());
}

}  // namespace rolecall::registry
