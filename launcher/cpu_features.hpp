#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::launcher {

/// What of a processor decides how fast llama.cpp computes on it.
struct cpu_features {
  std::string model;                    ///< "AMD EPYC 9655 96-Core Processor"; empty: not told
  std::vector<std::string> extensions;  ///< as /proc/cpuinfo spells them: "avx2", "avx512_vnni"

  bool operator==(const cpu_features&) const = default;
};

/// Pure: the first processor of /proc/cpuinfo. Extensions are those that backends of ggml are built
/// for (x86-64 and AArch64), in the order of their age.
[[nodiscard]] cpu_features parse_cpu_features(std::string_view cpuinfo);

/// Reads below `root`, and of the file only the first processor: with hundreds of them the kernel
/// takes its time. Empty where it is not told.
[[nodiscard]] cpu_features read_cpu_features(const std::filesystem::path& root);

}  // namespace rolecall::launcher
