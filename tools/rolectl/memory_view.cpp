#include "tools/rolectl/memory_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/status_view.hpp"
#include "tools/rolectl/table.hpp"

namespace rolecall::rolectl {
namespace {

std::string bytes_or_blank(registry::byte_count bytes) {
  return bytes == 0 ? std::string{} : registry::format_bytes(bytes);
}

}  // namespace

std::string memory_text(const admin::fleet_status& status, const screen& on) {
  table parts{{{"ROLE"},
               {"STATE"},
               {"WEIGHTS", side::right},
               {"MMPROJ", side::right},
               {"DRAFT", side::right},
               {"KV CACHE", side::right},
               {"PROMPT CACHE", side::right},
               {"OVERHEAD", side::right},
               {"ESTIMATE", side::right},
               {"INSTANCES", side::right},
               {"RESERVED", side::right}}};
  for (const auto& role : status.roles) {
    // A role that shares processes or has none costs nothing of its own.
    if (!role.shares.empty() || role.instances.empty()) continue;
    registry::byte_count reserved = 0;
    for (const auto& instance : role.instances) reserved += instance.reserved_bytes;
    const auto& estimate = role.footprint;
    parts.add({{role.name, look::bold},
               {state_words(role), look_of(admin::state_of(role))},
               {bytes_or_blank(estimate.weights)},
               {bytes_or_blank(estimate.mmproj)},
               {bytes_or_blank(estimate.draft)},
               {bytes_or_blank(estimate.kv_cache)},
               {bytes_or_blank(estimate.cache_ram)},
               {bytes_or_blank(estimate.overhead)},
               {registry::format_bytes(estimate.total())},
               {std::to_string(role.instances.size())},
               {bytes_or_blank(reserved)}});
  }
  return parts.text(on) + "\nThe estimate is of one instance. Host memory " +
         registry::format_bytes(status.memory_total) + ".\n" + budget_line(status);
}

std::string footprint_text(const registry::footprint& estimate, const screen& on) {
  table parts{{{"PART"}, {"ESTIMATE", side::right}}};
  const auto add = [&parts](const char* part, registry::byte_count bytes) {
    if (bytes > 0) parts.add({{part}, {registry::format_bytes(bytes)}});
  };
  add("weights", estimate.weights);
  add("mmproj", estimate.mmproj);
  add("draft", estimate.draft);
  add("KV cache", estimate.kv_cache);
  add("prompt cache", estimate.cache_ram);
  add("overhead", estimate.overhead);
  parts.add({{"one instance", look::bold}, {registry::format_bytes(estimate.total()), look::bold}});
  return parts.text(on);
}

std::string memory_text(const admin::role_status& role, const screen& on) {
  table instances{{{"INSTANCE"}, {"STATE"}, {"RESERVED", side::right}}};
  for (const auto& instance : role.instances)
    instances.add({{instance.name, look::bold},
                   {instance.state, look_of(instance.state)},
                   {registry::format_bytes(instance.reserved_bytes)}});
  return footprint_text(role.footprint, on) + "\n" + instances.text(on);
}

}  // namespace rolecall::rolectl
