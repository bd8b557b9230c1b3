#include "orchestrator/host_report.hpp"

#include "launcher/host_limits.hpp"
#include "orchestrator/log/log_line.hpp"

namespace rolecall {

std::vector<std::string> report_host_limits(const registry::model_registry& registry,
                                            registry::byte_count budget,
                                            const std::filesystem::path& host_root) {
  const auto host = launcher::read_topology(host_root);
  const auto demand = launcher::demand_of(registry, budget, host.physical_cores(host.allowed_cpus));
  const auto limits = launcher::read_host_limits(host_root, demand, launcher::depth::quick);
  std::vector<std::string> texts;
  for (const auto& finding : launcher::judge(limits, demand)) {
    if (finding.result != launcher::verdict::bites) continue;
    log_line(priority::warning, "host_limit")
        .with("check", finding.check)
        .with("finding", finding.finding)
        .with("remedy", finding.remedy);
    texts.push_back(finding.check + ": " + finding.finding + "; " + finding.remedy);
  }
  return texts;
}

}  // namespace rolecall
