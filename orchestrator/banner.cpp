#include "orchestrator/banner.hpp"

#include "orchestrator/residency/holdings.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace rolecall {
namespace {

using registry::format_bytes;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) (text += text.empty() ? "" : ", ") += word;
  return text;
}

std::string ports_of(const registry::role& role) {
  if (role.ports.empty()) return "-";
  const auto first = std::to_string(role.ports.front());
  return role.ports.size() == 1 ? first : first + "-" + std::to_string(role.ports.back());
}

std::string acceleration_of(const registry::role& role) {
  std::vector<std::string> words;
  if (role.moe) words.push_back(std::to_string(role.moe->experts) + " experts");
  if (role.speculative && role.speculative->draft)
    words.push_back("draft K=" + std::to_string(role.speculative->max));
  if (role.speculative && role.speculative->lookup) words.emplace_back("lookup");
  if (role.embeddings) words.emplace_back("embeddings");
  return joined(words);
}

/// Of the role's instances together; files that they share are in memory once.
registry::byte_count bytes_of_all(const residency::catalogue& known,
                                  const residency::catalogue::role& role) {
  residency::holdings together(known);
  for (const auto id : role.instances) together.add(id);
  return together.bytes();
}

void print_role(std::ostream& out, const fleet_plan& plan, residency::role_id id) {
  const auto& role = plan.role(id);
  const auto& known = plan.catalogue.roles[id];
  out << "    " << std::left << std::setw(20) << role.name << ' ' << std::setw(5)
      << name_of(known.tier) << ' ';
  if (role.shares) {
    out << "shares " << *role.shares << '\n';
    return;
  }
  const auto instance = known.instances.front();
  if (const auto& runnable = plan.instances[instance]; !runnable) {
    out << "cannot run: " << runnable.error() << '\n';
    return;
  }
  out << std::setw(10) << ports_of(role) << std::right << std::setw(10)
      << format_bytes(bytes_of_all(plan.catalogue, known)) << "  " << std::left << role.model;
  if (const auto words = acceleration_of(role); !words.empty()) out << " (" << words << ')';
  out << '\n';
}

}  // namespace

void print_banner(std::ostream& out, const banner_facts& facts, const fleet_plan& plan,
                  const launcher::topology& host) {
  const auto& registry = plan.deployment.registry;
  const auto hot = std::ranges::count(plan.catalogue.roles, registry::tier::hot,
                                      &residency::catalogue::role::tier);
  out << "rolecalld " << facts.version << '\n'
      << "  engine    " << facts.engine << '\n'
      << "  registry  " << registry.file.string() << ": " << plan.catalogue.roles.size()
      << " roles (" << hot << " hot), " << registry.models.size() << " models, "
      << plan.catalogue.instances.size() << " instances\n"
      << "  host      " << host.nodes.size()
      << (host.nodes.size() == 1 ? " NUMA node, " : " NUMA nodes, ")
      << host.physical_cores(host.allowed_cpus) << " cores, " << format_bytes(host.memory_total)
      << (host.memory_policy_allowed ? "\n"
                                     : ", memory policies forbidden here: CPU affinity only\n")
      << "  budget    " << format_bytes(plan.catalogue.budget) << '\n'
      << "  roles\n";
  for (residency::role_id id = 0; id < plan.catalogue.roles.size(); ++id) print_role(out, plan, id);
  out << "  door      " << joined(facts.listen) << '\n'
      << "  admin     " << joined(facts.admin) << '\n';
  out.flush();
}

}  // namespace rolecall
