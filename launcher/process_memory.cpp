#include "launcher/process_memory.hpp"

#include "launcher/proc_fields.hpp"

#include <string>

namespace rolecall::launcher {

std::optional<process_memory> parse_process_memory(std::string_view smaps_rollup) {
  const auto pss = kibibytes(smaps_rollup, "Pss:");
  if (!pss) return std::nullopt;
  process_memory memory;
  memory.pss = *pss;
  memory.swapped = kibibytes(smaps_rollup, "SwapPss:").value_or(0);
  memory.file = kibibytes(smaps_rollup, "Pss_File:").value_or(0);
  memory.shmem = kibibytes(smaps_rollup, "Pss_Shmem:").value_or(0);
  memory.anon = kibibytes(smaps_rollup, "Pss_Anon:")
                    .value_or(kibibytes(smaps_rollup, "Anonymous:").value_or(*pss));
  return memory;
}

std::optional<process_memory> read_process_memory(int pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/smaps_rollup");
  return text ? parse_process_memory(*text) : std::nullopt;
}

byte_count parse_held_bytes(std::string_view status) {
  byte_count bytes = 0;
  for (const auto* part : {"RssAnon:", "RssShmem:", "VmSwap:"})
    bytes += kibibytes(status, part).value_or(0);
  return bytes;
}

byte_count read_held_bytes(int pid) {
  return parse_held_bytes(read_text("/proc/" + std::to_string(pid) + "/status").value_or(""));
}

}  // namespace rolecall::launcher
