#include "registry/sizing.hpp"
#include "tools/rolectl/assess_view.hpp"
#include "tools/rolectl/json_writer.hpp"
#include "tools/rolectl/ram_amount.hpp"

namespace rolecall::rolectl {
namespace {

using launcher::host_assessment;

void write_memory(json_writer& json, const launcher::host_memory& memory) {
  json.open_object("memory");
  json.add("total_bytes", memory.total);
  json.add("available_bytes", memory.available);
  json.add("limit_bytes", memory.limit());
  json.add("limited_by", memory.limited_by());
  json.close_object();
}

void write_cpu(json_writer& json, const host_assessment& host) {
  json.open_object("cpu");
  json.add("model", host.cpu_model);
  json.add("physical_cores", host.physical_cores);
  json.add("logical_cpus", host.logical_cpus);
  if (host.flags_known)
    json.add("avx512", host.avx512);
  else
    json.add_null("avx512");
  json.add("governors", host.governors);
  json.close_object();
}

void write_nodes(json_writer& json, const host_assessment& host) {
  json.open_array("numa_nodes");
  for (const auto& node : host.nodes) {
    json.open_object();
    json.add("id", node.id);
    json.add("cpus", launcher::format_cpu_list(node.cpus));
    json.add("total_bytes", node.memory_total);
    json.add("free_bytes", node.memory_free);
    json.add("distances", node.distances);
    json.close_object();
  }
  json.close_array();
}

void write_storage(json_writer& json, const host_assessment& host) {
  json.open_array("storage");
  for (const auto& place : host.storage) {
    json.open_object();
    json.add("purpose", place.purpose);
    json.add("path", place.path.string());
    json.add("exists", place.exists);
    json.add("total_bytes", place.total);
    json.add("free_bytes", place.available);
    json.add("file_system", place.file_system);
    json.add("rotational", place.rotational);
    json.close_object();
  }
  json.close_array();
}

void write_kernel(json_writer& json, const host_assessment& host) {
  json.open_object("kernel");
  // Unlimited and unknown differ: -1 as RLIM_INFINITY is.
  if (host.memlock && !host.memlock->bytes)
    json.add("memlock_bytes", -1);
  else
    json.add("memlock_bytes",
             host.memlock ? host.memlock->bytes : std::optional<registry::byte_count>{});
  json.add("transparent_huge_pages", host.transparent_huge_pages);
  json.add("numa_balancing", host.numa_balancing);
  json.close_object();
}

}  // namespace

std::string assess_json(const host_assessment& host) {
  json_writer json;
  json.open_object();
  const auto& row = registry::class_of(ram_of(host.memory).thresholds);
  json.add("tier", row.name);
  json.add("recommendation", row.sentence);
  json.open_array("thresholds_gib");
  for (const auto& known : registry::host_classes())
    if (known.below > 0) json.item(known.below);
  json.close_array();
  write_memory(json, host.memory);
  write_cpu(json, host);
  write_nodes(json, host);
  write_storage(json, host);
  write_kernel(json, host);
  json.open_array("warnings");
  for (const auto& warning : launcher::warnings_of(host)) {
    json.open_object();
    json.add("what", warning.what);
    json.add("remedy", warning.remedy);
    json.close_object();
  }
  json.close_array();
  json.close_object();
  return std::move(json).text();
}

}  // namespace rolecall::rolectl
