#include "tools/rolectl/budget_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/json_writer.hpp"
#include "tools/rolectl/table.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace rolecall::rolectl {
namespace {

std::string tenths(double gigabytes) {
  std::array<char, 32> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), "%.1f GB", gigabytes);
  return buffer.data();
}

/// "auto (total − 16.0 GiB − 15%)" or the budget as it is written.
std::string rule_of(const registry::memory_settings& memory) {
  if (memory.budget) return "as written";
  constexpr double percent = 100;
  return "auto: total − os_reserve " + registry::format_bytes(memory.os_reserve) + " − safety " +
         std::to_string(std::lround(memory.safety * percent)) + "%";
}

std::string beside_text(const ram_amount& ram, const registry_budget& beside, const screen& on) {
  constexpr double gigabyte = 1e9;
  const auto total = static_cast<registry::byte_count>(std::llround(ram.gigabytes * gigabyte));
  const auto budget = registry::auto_budget(beside.settings, total);
  return title_text("host.memory of " + beside.file, on) +
         fact_text({{"budget", tenths(static_cast<double>(budget) / gigabyte) + " (" +
                                   registry::format_bytes(budget) + ")"},
                    {"rule", rule_of(beside.settings)}},
                   on);
}

}  // namespace

std::string budget_text(const ram_amount& ram, const std::optional<registry_budget>& beside,
                        const screen& on) {
  const auto budget = registry::calculate_budget(ram.gigabytes);
  table rows{{{"FIELD"}, {"AMOUNT", side::right}, {"HOW"}}};
  const auto add = [&](const char* field, double value, std::string how, look shown = look::plain) {
    rows.add({{field, shown}, {tenths(value), shown}, {std::move(how), look::dim}});
  };
  add("total_ram", budget.total_ram, ram.source);
  add("os_overhead", budget.os_overhead, "operating system and services");
  add("safety_buffer", budget.safety_buffer, "15% of total_ram");
  add("available_for_models", budget.available_for_models, "what is left", look::bold);
  add("hot_tier_budget", budget.hot_tier_budget, "10% of it: always resident");
  add("warm_tier_budget", budget.warm_tier_budget, "90% of it: on demand");
  auto text = rows.text(on);
  if (budget.available_for_models <= 0)
    text += wrapped("Nothing is left for models: the formula needs more than 18.8 GB.", 0, on);
  return beside ? text + beside_text(ram, *beside, on) : text;
}

std::string budget_json(const ram_amount& ram) {
  const auto budget = registry::calculate_budget(ram.gigabytes);
  json_writer json;
  json.open_object();
  json.add("total_ram", budget.total_ram);
  json.add("os_overhead", budget.os_overhead);
  json.add("safety_buffer", budget.safety_buffer);
  json.add("available_for_models", budget.available_for_models);
  json.add("hot_tier_budget", budget.hot_tier_budget);
  json.add("warm_tier_budget", budget.warm_tier_budget);
  json.close_object();
  return std::move(json).text();
}

}  // namespace rolecall::rolectl
