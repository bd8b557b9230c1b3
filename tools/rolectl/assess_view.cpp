#include "tools/rolectl/assess_view.hpp"

#include "registry/quantities.hpp"
#include "registry/sizing.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/ram_amount.hpp"
#include "tools/rolectl/table.hpp"

namespace rolecall::rolectl {
namespace {

using launcher::host_assessment;
using registry::format_bytes;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string memory_words(const launcher::host_memory& memory) {
  if (memory.total == 0) return "";
  std::string text =
      format_bytes(memory.total) + ", " + format_bytes(memory.available) + " available";
  if (memory.limit() < memory.total)
    text += "; limited to " + format_bytes(memory.limit()) + " by " + memory.limited_by();
  return text;
}

std::string cpu_words(const host_assessment& host) {
  const auto counts = std::to_string(host.physical_cores) + " cores, " +
                      std::to_string(host.logical_cpus) + " logical CPUs";
  return host.cpu_model.empty() ? counts : host.cpu_model + ", " + counts;
}

std::string avx512_words(const host_assessment& host) {
  if (!host.flags_known) return "";
  return host.avx512.empty() ? "not supported" : joined(host.avx512);
}

std::string memlock_words(const host_assessment& host) {
  if (!host.memlock) return "";
  return host.memlock->bytes ? format_bytes(*host.memlock->bytes) : "unlimited";
}

std::string balancing_words(const host_assessment& host) {
  if (!host.numa_balancing) return "";
  return *host.numa_balancing ? "on" : "off";
}

std::string node_table(const host_assessment& host, const screen& on) {
  table rows{{{"NODE", side::right},
              {"CPUS"},
              {"TOTAL", side::right},
              {"FREE", side::right},
              {"DISTANCES"}}};
  for (const auto& node : host.nodes) {
    std::string distances;
    for (const int d : node.distances)
      distances += (distances.empty() ? "" : " ") + std::to_string(d);
    rows.add({{std::to_string(node.id)},
              {launcher::format_cpu_list(node.cpus)},
              {format_bytes(node.memory_total)},
              {format_bytes(node.memory_free)},
              {distances}});
  }
  return rows.text(on);
}

std::string disk_words(const launcher::storage_assessment& place) {
  if (!place.rotational) return "unknown";
  return *place.rotational ? "rotating" : "SSD";
}

std::string storage_table(const host_assessment& host, const screen& on) {
  const auto bytes = [](const std::optional<registry::byte_count>& value) {
    return value ? format_bytes(*value) : "unknown";
  };
  table rows{{{"FOR", side::left, 2},
              {"FREE", side::right},
              {"TOTAL", side::right},
              {"TYPE"},
              {"DISK", side::left, 1},
              {"STATE"},
              {"DIRECTORY"}}};
  for (const auto& place : host.storage)
    rows.add({{place.purpose},
              {bytes(place.available)},
              {bytes(place.total)},
              {place.file_system.empty() ? "unknown" : place.file_system},
              {disk_words(place)},
              {place.exists ? "" : "missing", look::busy},
              {place.path.string()}});
  return rows.text(on);
}

}  // namespace

std::string assess_text(const host_assessment& host, const screen& on) {
  auto text = fact_text({{"memory", memory_words(host.memory)},
                         {"cpu", cpu_words(host)},
                         {"avx-512", avx512_words(host)},
                         {"memlock", memlock_words(host)},
                         {"huge pages", host.transparent_huge_pages},
                         {"numa_balancing", balancing_words(host)},
                         {"governor", joined(host.governors)}},
                        on);
  text += title_text("NUMA", on) + node_table(host, on);
  if (!host.storage.empty()) text += title_text("Storage", on) + storage_table(host, on);
  const auto warnings = launcher::warnings_of(host);
  if (!warnings.empty()) text += title_text("Warnings", on);
  for (const auto& warning : warnings)
    text += painted(point_text(warning.what, on), look::busy, on) + "  " +
            wrapped("→ " + warning.remedy, 4, on);
  if (host.memory.total == 0) return text;
  const auto& row = registry::class_of(ram_of(host.memory).thresholds);
  return text + "\nTier: " + painted(row.name, look::bold, on) + " - " + std::string(row.sentence) +
         "\n" + painted("What fits: rolectl recommend", look::dim, on) + "\n";
}

}  // namespace rolecall::rolectl
