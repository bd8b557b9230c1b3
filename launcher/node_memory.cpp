#include "launcher/node_memory.hpp"

#include "launcher/proc_fields.hpp"
#include "launcher/topology.hpp"
#include "launcher/words.hpp"

#include <charconv>
#include <map>
#include <string>

namespace rolecall::launcher {
namespace {

struct node_pages {
  int node = 0;
  std::uint64_t pages = 0;
};

/// "N1=4491"; empty for any other word.
std::optional<node_pages> parse_node_pages(std::string_view word) noexcept {
  if (!word.starts_with('N')) return std::nullopt;
  const auto* const end = word.data() + word.size();
  node_pages found;
  const auto [behind, failed] = std::from_chars(word.data() + 1, end, found.node);
  if (failed != std::errc{} || found.node < 0 || behind == end || *behind != '=')
    return std::nullopt;
  const auto pages =
      leading_number(word.substr(static_cast<std::size_t>(behind - word.data()) + 1));
  if (!pages) return std::nullopt;
  found.pages = *pages;
  return found;
}

/// Adds up one mapping. The size of its pages stands behind their numbers.
void add_mapping(std::string_view line, std::map<int, std::uint64_t>& bytes) {
  constexpr std::string_view size_key = "kernelpagesize_kB=";
  const auto size = kibibytes(line, size_key);
  if (!size) return;  // nothing resident
  for (auto word = take_word(line); !word.empty(); word = take_word(line))
    if (const auto found = parse_node_pages(word)) bytes[found->node] += found->pages * *size;
}

}  // namespace

std::optional<node_memory> parse_node_memory(int node, std::string_view meminfo) noexcept {
  const auto total = kibibytes(meminfo, "MemTotal:");
  const auto free = kibibytes(meminfo, "MemFree:");
  if (!total || !free) return std::nullopt;
  return node_memory{.node = node, .bytes = *total, .free = *free};
}

std::vector<node_memory> read_node_memory(const std::filesystem::path& root) {
  std::vector<node_memory> nodes;
  const auto folder = root / "sys/devices/system/node";
  const auto list = parse_cpu_list(read_text(folder / "online").value_or(""));
  if (!list) return nodes;
  for (const int id : *list) {
    const auto text = read_text(folder / ("node" + std::to_string(id)) / "meminfo");
    const auto memory = parse_node_memory(id, text.value_or(""));
    if (memory && memory->bytes > 0) nodes.push_back(*memory);
  }
  return nodes;
}

std::vector<node_share> parse_node_shares(std::string_view numa_maps) {
  std::map<int, std::uint64_t> bytes;
  while (!numa_maps.empty()) add_mapping(take_line(numa_maps), bytes);
  std::vector<node_share> shares;
  for (const auto& [node, sum] : bytes)
    if (sum > 0) shares.push_back({node, sum});
  return shares;
}

std::optional<std::vector<node_share>> read_node_shares(int pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/numa_maps");
  if (!text || text->empty()) return std::nullopt;
  return parse_node_shares(*text);
}

}  // namespace rolecall::launcher
