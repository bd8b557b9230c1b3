#include "orchestrator/banner.hpp"

#include "orchestrator/residency/holdings.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <set>
#include <variant>

namespace rolecall {
namespace {

using registry::format_bytes;

std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ") {
  std::string text;
  for (const auto& word : words) (text += text.empty() ? "" : separator) += word;
  return text;
}

std::string count_of(std::size_t count, const std::string& thing) {
  return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

/// Blanks up to the column `width` and one more.
std::string padded(std::string text, std::size_t width) {
  text.append(text.size() < width ? width - text.size() : 0, ' ');
  return text += ' ';
}

std::string ports_of(const registry::role& role) {
  if (role.ports.empty()) return "-";
  const auto first = std::to_string(role.ports.front());
  return role.ports.size() == 1 ? first : first + "-" + std::to_string(role.ports.back());
}

std::string draft_of(const registry::speculation& how) {
  std::vector<std::string> words;
  if (how.draft) words.push_back("draft K=" + std::to_string(how.max));
  if (how.lookup) words.emplace_back("lookup");
  return joined(words);
}

std::string acceleration_of(const registry::role& role) {
  std::vector<std::string> words;
  if (role.moe) words.push_back(std::to_string(role.moe->experts) + " experts");
  if (role.speculative) words.push_back(draft_of(*role.speculative));
  if (role.embeddings) words.emplace_back("embeddings");
  std::erase(words, "");
  return joined(words);
}

/// Of the role's instances together; files that they share are in memory once.
void add_all(residency::holdings& together, const residency::catalogue::role& role,
             std::set<residency::instance_id>& added) {
  for (const auto id : role.instances)
    if (added.insert(id).second) together.add(id);
}

registry::byte_count bytes_of_all(const residency::catalogue& known,
                                  const residency::catalogue::role& role) {
  residency::holdings together(known);
  std::set<residency::instance_id> added;
  add_all(together, role, added);
  return together.bytes();
}

std::string budget_of(const residency::catalogue& known, registry::byte_count memory) {
  residency::holdings hot(known);
  std::set<residency::instance_id> added;
  registry::byte_count largest = 0;
  for (const auto& role : known.roles) {
    if (role.tier == registry::tier::hot)
      add_all(hot, role, added);
    else
      largest = std::max(largest, bytes_of_all(known, role));
  }
  auto text = format_bytes(known.budget) + " of " + format_bytes(memory) + "; hot roles " +
              format_bytes(hot.bytes());
  if (largest > 0) text += ", largest warm role " + format_bytes(largest);
  return text;
}

/// Models that a role needs.
std::set<std::string_view> used_models(const registry::model_registry& registry) {
  std::set<std::string_view> used;
  for (const auto& role : registry.roles) {
    if (role.tier == registry::tier::draft) continue;
    used.insert(role.model);
    if (const auto* draft = registry.draft_model(role)) used.insert(draft->name);
  }
  return used;
}

void add_models(banner_lines& lines, const registry::deployment& deployment) {
  const auto used = used_models(deployment.registry);
  registry::byte_count bytes = 0;
  std::vector<std::string> missing;
  std::vector<std::string> unused;
  std::size_t found = 0;
  for (const auto& model : deployment.registry.models) {
    const auto known = deployment.facts.find(model.name);
    if (known != deployment.facts.end()) {
      ++found;
      bytes += known->second.weights_bytes + known->second.mmproj_bytes;
    } else {
      (used.contains(model.name) ? missing : unused).push_back(model.name);
    }
  }
  auto text = std::to_string(found) + " found, " + format_bytes(bytes);
  if (!missing.empty()) text += "; cannot be used: " + joined(missing);
  if (!unused.empty()) text += "; of no role: " + joined(unused);
  lines.line("models", text, missing.empty() ? tone::plain : tone::bad);
}

std::string experts_of(const registry::deployment& deployment) {
  std::vector<std::string> words;
  for (const auto& role : deployment.registry.roles) {
    if (role.shares) continue;
    if (role.moe) {
      auto text = role.name + ' ' + std::to_string(role.moe->experts) + " experts";
      if (const auto known = deployment.facts.find(role.model); known != deployment.facts.end())
        text += " instead of " + std::to_string(known->second.expert_used_count);
      words.push_back(std::move(text));
    }
    if (const auto* layers = std::get_if<registry::cpu_moe_layers>(&role.cpu_moe))
      words.push_back(role.name + " experts of " + std::to_string(layers->n) +
                      " layers on the CPU");
    if (std::holds_alternative<registry::cpu_moe_all>(role.cpu_moe))
      words.push_back(role.name + " all experts on the CPU");
  }
  return words.empty() ? "as trained" : joined(words);
}

std::string speculation_of(const registry::model_registry& registry) {
  std::vector<std::string> words;
  for (const auto& role : registry.roles) {
    if (role.shares || !role.speculative) continue;
    auto text = role.name + ' ' + draft_of(*role.speculative);
    if (const auto* draft = registry.draft_model(role)) text += " (" + draft->name + ')';
    words.push_back(std::move(text));
  }
  return words.empty() ? "none" : joined(words, "; ");
}

void add_role(banner_lines& lines, const fleet_plan& plan, residency::role_id id) {
  const auto& role = plan.role(id);
  const auto& known = plan.catalogue.roles[id];
  auto text = padded(role.name, 20) + padded(std::string{name_of(known.tier)}, 5);
  if (role.shares) {
    lines.detail(text + "shares " + *role.shares);
    return;
  }
  for (const auto instance : known.instances)
    if (const auto& runnable = plan.instances[instance]; !runnable) {
      lines.detail("cannot run: " + runnable.error(), tone::bad, text);
      return;
    }
  const auto bytes = format_bytes(bytes_of_all(plan.catalogue, known));
  text += padded(ports_of(role), 10);
  text.append(bytes.size() < 10 ? 10 - bytes.size() : 0, ' ').append(bytes) += "  " + role.model;
  if (const auto words = acceleration_of(role); !words.empty()) text += " (" + words + ')';
  lines.detail(text);
}

std::string roles_by_tier(const registry::model_registry& registry) {
  const auto count = [&](registry::tier tier) {
    return std::to_string(std::ranges::count_if(registry.roles, [&](const registry::role& role) {
      return registry.serving_role(role).tier == tier;
    }));
  };
  return count_of(registry.roles.size(), "role") + " (" + count(registry::tier::hot) + " hot, " +
         count(registry::tier::warm) + " warm, " + count(registry::tier::draft) + " draft)";
}

}  // namespace

std::string opening_text(const std::string& version, const registry::model_registry& registry,
                         const launcher::topology& host, const launcher::cpu_features& cpu,
                         banner_style style) {
  banner_lines lines(style);
  lines.heading("rolecalld " + version);
  lines.line("host", count_of(host.nodes.size(), "NUMA node") + ", " +
                         std::to_string(host.physical_cores(host.allowed_cpus)) + " cores, " +
                         format_bytes(host.memory_total));
  for (const auto& node : host.nodes)
    lines.detail("node " + std::to_string(node.id) + "  CPUs " +
                 launcher::format_cpu_list(node.cpus) + ", " + format_bytes(node.memory_total));
  if (!host.memory_policy_allowed)
    lines.detail("memory policies are forbidden here: CPU affinity only", tone::doubtful);
  const auto extensions = joined(cpu.extensions, " ");
  lines.line("cpu", cpu.model + (cpu.model.empty() || extensions.empty() ? "" : ": ") + extensions);
  lines.line("registry", registry.file.string() + ": " + roles_by_tier(registry) + ", " +
                             count_of(registry.instances().size(), "instance"));
  lines.line("models", std::to_string(registry.models.size()) + " in the registry");
  return lines.text();
}

std::string diagnosis_text(const diagnosis_facts& facts, const fleet_plan& plan,
                           banner_style style) {
  const auto& deployment = plan.deployment;
  banner_lines lines(style);
  add_models(lines, deployment);
  for (const auto& engine : facts.engines)
    lines.line("engine", engine.text, engine.is_usable ? tone::plain : tone::bad);
  lines.line("budget", budget_of(plan.catalogue, facts.memory));
  lines.line("moe", experts_of(deployment));
  lines.line("drafts", speculation_of(deployment.registry));
  lines.line("roles", count_of(plan.catalogue.roles.size(), "role") + " to ask for");
  for (residency::role_id id = 0; id < plan.catalogue.roles.size(); ++id) add_role(lines, plan, id);
  for (const auto& warning : facts.warnings) lines.line("warning", warning, tone::doubtful);
  lines.line("door", joined(facts.listen));
  lines.line("admin", joined(facts.admin));
  return lines.text();
}

std::string backend_text(const std::string& backends, banner_style style) {
  banner_lines lines(style);
  lines.line("backend", backends);
  return lines.text();
}

std::string arrival_text(const arrival_facts& facts, banner_style style) {
  banner_lines lines(style);
  const auto all = facts.ready + facts.trouble.size();
  const auto text = std::to_string(facts.ready) + " of " + count_of(all, "hot role") + ", after " +
                    registry::format_elapsed(facts.elapsed);
  if (facts.trouble.empty())
    lines.line("ready", text, tone::good);
  else
    lines.line("not ready", text, tone::bad);
  for (const auto& one : facts.trouble) lines.detail(one, tone::bad);
  lines.line("serves", joined(facts.listen));
  for (const auto& endpoint : shown_endpoints())
    lines.detail(padded(std::string{endpoint.method}, 4) + std::string{endpoint.path});
  lines.line("operators", joined(facts.admin));
  lines.detail("GET  /admin/status /admin/events /metrics /readyz; rolectl status");
  return lines.text();
}

const std::vector<shown_endpoint>& shown_endpoints() {
  static const std::vector<shown_endpoint> shown{
      {"POST", "/v1/chat/completions"},
      {"POST", "/v1/completions"},
      {"POST", "/v1/responses"},
      {"POST", "/v1/messages"},
      {"POST", "/v1/embeddings"},
      {"POST", "/v1/rerank"},
      {"POST", "/api/chat"},
      {"POST", "/api/generate"},
      {"GET", "/v1/models"},
      {"GET", "/health"},
  };
  return shown;
}

}  // namespace rolecall
