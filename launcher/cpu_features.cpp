#include "launcher/cpu_features.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace rolecall::launcher {
namespace {

// What tells ggml's CPU backends apart (ggml-cpu/arch/*/cpu-feats.cpp of 0.7.0), less what comes
// together with others of these, and AMX and SME.
constexpr std::array wanted{"avx",      "f16c",       "fma",         "avx2",        "avx_vnni",
                            "avx512f",  "avx512vbmi", "avx512_vnni", "avx512_bf16", "amx_tile",
                            "amx_int8", "amx_bf16",   "asimddp",     "asimdhp",     "sve",
                            "sve2",     "i8mm",       "bf16",        "sme"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool has_word(std::string_view words, std::string_view word) {
  for (auto at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' '))
      return true;
  }
  return false;
}

}  // namespace

cpu_features parse_cpu_features(std::string_view cpuinfo) {
  cpu_features found;
  std::string_view flags;
  while (!cpuinfo.empty()) {
    const auto end = std::min(cpuinfo.find('\n'), cpuinfo.size());
    const auto line = cpuinfo.substr(0, end);
    cpuinfo.remove_prefix(std::min(end + 1, cpuinfo.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) break;  // the blank line behind the first processor
    const auto key = trimmed(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (key == "model name") found.model = value;
    if (key == "flags" || key == "Features") flags = value;
  }
  for (const std::string_view extension : wanted)
    if (has_word(flags, extension)) found.extensions.emplace_back(extension);
  return found;
}

cpu_features read_cpu_features(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/cpuinfo");
  std::string first;
  for (std::string line; std::getline(in, line) && !line.empty();) (first += line) += '\n';
  return parse_cpu_features(first);
}

}  // namespace rolecall::launcher
