#include "tools/rolectl/models_page.hpp"

#include "registry/quantities.hpp"
#include "registry/sizing.hpp"
#include "tools/rolectl/kind_commands.hpp"
#include "tools/rolectl/models_memory.hpp"

#include <array>
#include <cstdio>

namespace rolecall::rolectl {
namespace {

using registry::model_registry;
using registry::role;
using registry::tier;

constexpr std::string_view introduction = R"(# Model reference

What the registry runs, from its own text. `rolectl docs --write docs` generates this page and [sizing.md](sizing.md); a
test fails when it no longer agrees with `model_registry.yaml`.
)";

std::string ports_of(const role& r) {
  if (r.ports.empty()) return "–";
  if (r.ports.size() == 1) return std::to_string(r.ports.front());
  return std::to_string(r.ports.front()) + "–" + std::to_string(r.ports.back());
}

std::string speed_of(const role& r) {
  if (!r.expected_speed) return "–";
  std::array<char, 32> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), "%g t/s", *r.expected_speed);
  return buffer.data();
}

std::string acceleration_of(const role& r) {
  if (r.speculative) {
    std::string text = "speculation, K=" + std::to_string(r.speculative->max);
    if (r.speculative->draft) text += ", draft `" + *r.speculative->draft + "`";
    return text + (r.speculative->lookup ? ", n-gram lookup" : "");
  }
  if (r.moe) return std::to_string(r.moe->experts) + " experts";
  return "none";
}

std::string role_row(const model_registry& all, const role& r) {
  const auto* const m = all.find_model(r.model);
  const auto& serving = all.serving_role(r);
  const auto count = serving.ports.size();
  const auto model = r.shares
                         ? "on the process of `" + *r.shares + "`"
                         : r.model + (count > 1 ? ", " + std::to_string(count) + " processes" : "");
  return "| `" + r.name + "` | " + model + " | " + (m == nullptr ? "–" : m->quant) + " | " +
         ports_of(serving) + " | " + speed_of(r) + " | " + acceleration_of(r) + " | " +
         r.description + " |\n";
}

void write_roles(std::string& page, const model_registry& all, tier level, const char* title) {
  std::string rows;
  for (const auto& r : all.roles)
    if (r.tier == level) rows += role_row(all, r);
  if (rows.empty()) return;
  page += "\n### " + std::string(title) +
          "\n\n| role | model | quantisation | port | expected speed | acceleration | for |\n"
          "|---|---|---|---|---|---|---|\n" +
          rows;
}

void write_compatibility(std::string& page, const model_registry& all) {
  std::string allowed;
  std::string forbidden;
  for (const auto& rule : all.compatibility) {
    if (rule.allowed)
      allowed += "| `" + rule.target + "` | `" + rule.draft + "` | " +
                 (rule.max ? std::to_string(*rule.max) : "–") + " | " + rule.reason + " |\n";
    else
      forbidden += "| `" + rule.target + "` | " +
                   (rule.draft == "*" ? "any, n-gram lookup included" : "`" + rule.draft + "`") +
                   " | " + rule.reason + " |\n";
  }
  page +=
      "\n## Compatibility\n\n`*` stands for any letters. Forbidding wins. `rolectl check` "
      "refuses what is forbidden here, and what the\nfiles' headers rule out besides.\n";
  if (!allowed.empty())
    page += "\n### Pairs that work\n\n| target | draft | K | why |\n|---|---|---|---|\n" + allowed;
  if (!forbidden.empty())
    page +=
        "\n### Pairs that fail\n\n| target | draft | how it fails |\n|---|---|---|\n" + forbidden;
}

void write_override_keys(std::string& page, const model_registry& all) {
  std::string rows;
  for (const auto& r : all.roles) {
    if (!r.moe || r.shares) continue;
    const auto* const m = all.find_model(r.model);
    rows += "| " + r.model + " | `" + r.name + "` | " +
            (r.moe->override_key ? "`" + *r.moe->override_key + "`" : "its architecture's") +
            " | " + std::to_string(r.moe->experts) + " | " + (m == nullptr ? "" : m->note) + " |\n";
  }
  if (rows.empty()) return;
  page +=
      "\n## Experts\n\nThe key's first part is the architecture that the file names; `rolectl "
      "check` refuses another.\n\n| model | role | override key | experts | note |\n"
      "|---|---|---|---|---|\n" +
      rows;
}

constexpr std::string_view rules = R"(
## Constraints

- **Recurrent and hybrid models** (Qwen3-Next, Mamba …): never speculation, neither with a draft nor by n-gram lookup. Their
  state cannot be rolled back past a rejected token. Reduce experts instead. Refused from the file's architecture, whatever
  the registry or `extra_args` say.
- **Vision models** need an `mmproj` file, and no text draft agrees with them.
- **Embedding models** generate nothing, so nothing is drafted.
- **Drafts** share their target's vocabulary and BOS token, and are another file.
- **Experts**: fewer than 3 produce garbage, more than the file has do not exist.
)";

void write_notes(std::string& page, const model_registry& all) {
  for (const auto& m : all.models)
    if (!m.note.empty()) page += "- `" + m.name + "`: " + m.note + ".\n";
}

void write_places(std::string& page, const model_registry& all) {
  page +=
      "\n## Where models are\n\nA model's `path` is absolute or looked up in these folders, in "
      "this order. Files are GGUF; a folder of raw\nsafetensors has to be converted first.\n\n";
  for (const auto& folder : all.host.model_dirs) page += "- `" + folder.string() + "`\n";
  page += "\n| model | file |\n|---|---|\n";
  for (const auto& m : all.models) {
    page += "| " + m.name + " | `" + m.path.string() + "`";
    if (m.mmproj) page += "<br>`" + m.mmproj->string() + "`";
    page += " |\n";
  }
}

void write_commands(std::string& page, const model_registry& all) {
  page +=
      "\n## Commands by kind of model\n\nWhat `rolecalld` executes with llama-server 0.7.0 on a "
      "host of two nodes with 48 cores each. `rolectl explain ROLE`\ntells the exact line of "
      "any role on your host, and why each argument is there.\n";
  for (const auto& command : kind_commands(all))
    page += "\n### " + command.kind + "\n\nRole `" + command.role + "`:\n\n```sh\n" + command.line +
            "\n```\n";
}

}  // namespace

std::string models_page(const registry::deployment& deployment) {
  const auto& all = deployment.registry;
  std::string page(introduction);
  page +=
      "\n## Roles\n\nSpeeds are what the registry counts on (`expected_speed`), not a "
      "promise.\n";
  write_roles(page, all, tier::hot, "HOT: always resident");
  write_roles(page, all, tier::warm, "WARM: loaded on demand");
  write_roles(page, all, tier::draft, "Drafts: no process of their own");
  page += memory_section(deployment);
  write_compatibility(page, all);
  write_override_keys(page, all);
  page += rules;
  write_notes(page, all);
  write_places(page, all);
  write_commands(page, all);
  return page;
}

}  // namespace rolecall::rolectl
