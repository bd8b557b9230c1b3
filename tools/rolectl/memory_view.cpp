#include "tools/rolectl/memory_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/status_view.hpp"
#include "tools/rolectl/table.hpp"

#include <cmath>

namespace rolecall::rolectl {
namespace {

using registry::format_bytes;

std::string bytes_or_blank(registry::byte_count bytes) {
  return bytes == 0 ? std::string{} : format_bytes(bytes);
}

registry::byte_count caches_of(const registry::footprint& f) {
  return f.kv_cache + f.state + f.draft_kv_cache + f.cache_ram + f.checkpoints;
}

/// "+12 %": how far the estimate was wrong.
std::string percent(double error) {
  const auto rounded = std::lround(error * 100);
  return (rounded > 0 ? "+" : "") + std::to_string(rounded) + " %";
}

std::string learned_words(const admin::role_status& role) {
  if (!role.learned) return {};
  const auto peak = role.learned->private_bytes + role.footprint.mapped_bytes();
  return format_bytes(peak) + (role.learned->proven ? "" : " so far");
}

std::string measured_words(const std::vector<admin::instance_status>& instances) {
  registry::byte_count pss = 0;
  for (const auto& instance : instances)
    if (instance.memory) pss += instance.memory->pss;
  return bytes_or_blank(pss);
}

std::string host_lines(const admin::fleet_status& status) {
  const auto& host = status.host;
  const auto left = host.available > host.fleet_files ? host.available - host.fleet_files : 0;
  std::string text = host.limited_by + ": " + format_bytes(status.memory_total) + ", " +
                     format_bytes(left) + " left";
  if (host.fleet_files > 0)
    text += " besides " + format_bytes(host.fleet_files) + " of the fleet's weights in page cache";
  text += ", floor " + format_bytes(host.floor) + "\n";
  if (host.missing > 0)
    text += format_bytes(host.missing) +
            " are missing to the floor: nothing is loaded, idle WARM roles leave\n";
  if (host.stalled >= 0.01)
    text += "every task waited for memory for " + std::to_string(std::lround(host.stalled * 100)) +
            " % of the last 10 s\n";
  return text;
}

}  // namespace

std::string memory_text(const admin::fleet_status& status, const screen& on) {
  table parts{{{"ROLE"},
               {"STATE", side::left, 2},
               {"WEIGHTS", side::right, 1},
               {"CACHES", side::right, 1},
               {"BUFFERS", side::right, 1},
               {"ESTIMATE", side::right},
               {"LEARNED", side::right},
               {"RESERVED", side::right},
               {"MEASURED", side::right}}};
  for (const auto& role : status.roles) {
    // A role that shares processes or has none costs nothing of its own.
    if (!role.shares.empty() || role.instances.empty()) continue;
    registry::byte_count reserved = 0;
    for (const auto& instance : role.instances) reserved += instance.reserved_bytes;
    const auto& estimate = role.footprint;
    const auto count = role.instances.size();
    parts.add({{role.name, look::bold},
               {state_words(role), look_of(admin::state_of(role))},
               {bytes_or_blank(estimate.weights + estimate.draft)},
               {bytes_or_blank(caches_of(estimate))},
               {bytes_or_blank(estimate.mmproj + estimate.compute + estimate.overhead)},
               {(count > 1 ? std::to_string(count) + " × " : "") + format_bytes(estimate.total())},
               {learned_words(role)},
               {bytes_or_blank(reserved)},
               {measured_words(role.instances)}});
  }
  return parts.text(on) +
         "\nEstimate and learned peak are of one instance; mapped weights count once in the "
         "budget, however\nmany map them, and are measured by each process's share (PSS).\n" +
         host_lines(status) + budget_line(status, on);
}

std::string footprint_text(const registry::footprint& estimate, const screen& on) {
  table parts{{{"PART"}, {"ESTIMATE", side::right}}};
  const auto add = [&parts](const char* part, registry::byte_count bytes) {
    if (bytes > 0) parts.add({{part}, {format_bytes(bytes)}});
  };
  add("weights", estimate.weights);
  add("mmproj", estimate.mmproj);
  add("draft's weights", estimate.draft);
  add("KV cache", estimate.kv_cache);
  add("recurrent state", estimate.state);
  add("draft's KV cache", estimate.draft_kv_cache);
  add("compute buffers", estimate.compute);
  add("prompt cache", estimate.cache_ram);
  add("checkpoints", estimate.checkpoints);
  add("overhead", estimate.overhead);
  parts.add({{"one instance", look::bold}, {format_bytes(estimate.total()), look::bold}});
  add("of it mapped", estimate.mapped_bytes());
  return parts.text(on);
}

std::string memory_text(const admin::role_status& role, const screen& on) {
  table instances{{{"INSTANCE"},
                   {"STATE"},
                   {"RESERVED", side::right},
                   {"PSS", side::right},
                   {"ANONYMOUS", side::right},
                   {"MAPPED", side::right},
                   {"SWAPPED", side::right}}};
  for (const auto& instance : role.instances) {
    const auto memory = instance.memory.value_or(admin::measured_memory{});
    instances.add({{instance.name, look::bold},
                   {instance.state, look_of(instance.state)},
                   {bytes_or_blank(instance.reserved_bytes)},
                   {bytes_or_blank(memory.pss)},
                   {bytes_or_blank(memory.anon)},
                   {bytes_or_blank(memory.file)},
                   {bytes_or_blank(memory.swapped)}});
  }
  return footprint_text(role.footprint, on) + "\n" + learned_line(role) + instances.text(on);
}

std::string learned_line(const admin::role_status& role) {
  if (!role.learned) return "not measured yet\n\n";
  const auto& learned = *role.learned;
  std::string text = "measured " + format_bytes(learned.private_bytes) + " private at most, in " +
                     std::to_string(learned.samples) + " samples";
  if (learned.error) text += ": the estimate was wrong by " + percent(*learned.error);
  return text + "\na load reserves " + format_bytes(learned.reserve_bytes) + " private" +
         (learned.proven ? "" : "; a lower figure has to be seen at work for longer first") +
         "\n\n";
}

}  // namespace rolecall::rolectl
