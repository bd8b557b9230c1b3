#pragma once

#include "launcher/capabilities.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// What an engine computes on, as it says itself.
struct engine_backends {
  std::vector<std::string> loaded;   ///< plug-ins: "CPU (haswell)", "CUDA"; empty: built in
  std::vector<std::string> devices;  ///< besides the CPU: "CUDA0: NVIDIA H100 (81559 MiB, …)"

  bool operator==(const engine_backends&) const = default;
};

/// Pure: from what `llama-server --verbose --list-devices` prints.
[[nodiscard]] engine_backends parse_backends(std::string_view text);

/// For people: "CPU (haswell)", "CUDA, CPU (zen4); CUDA0: NVIDIA H100 (…)".
[[nodiscard]] std::string to_string(const engine_backends& known);

/// Runs the binary once: it loads what it would compute with, which takes tens of milliseconds, and
/// with GPUs a second. The error says why that is not known. Blocking.
[[nodiscard]] boost::system::result<engine_backends, std::string> probe_backends(
    const capabilities& engine);

}  // namespace rolecall::launcher
