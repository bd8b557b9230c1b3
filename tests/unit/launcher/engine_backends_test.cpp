#include "launcher/engine_backends.hpp"

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using words = std::vector<std::string>;

namespace {

// What 0.7.0 prints for --verbose --list-devices, shortened; with GPUs as its source has it.
constexpr auto cpu_only =
    "0.00.001.151 D ggml_backend_load_best: failed to enumerate /usr/lib/ggml/backends0: No such "
    "file or directory\n"
    "0.00.024.192 I load_backend: loaded CPU backend from "
    "/opt/llama.cpp/bin/libggml-cpu-haswell.so\n"
    "Available devices:\n"
    "  (none)\n";

constexpr auto two_gpus =
    "ggml_cuda_init: found 2 CUDA devices:\n"
    "  Device 0: NVIDIA H100 80GB HBM3, compute capability 9.0, VMM: yes\n"
    "load_backend: loaded CUDA backend from /opt/llama.cpp/bin/libggml-cuda.so\n"
    "load_backend: loaded CPU backend from /opt/llama.cpp/bin/libggml-cpu-sapphirerapids.so\n"
    "Available devices:\n"
    "  CUDA0: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free)\n"
    "  CUDA1: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free)\n"
    "\n"
    "  no device any more\n";

}  // namespace

TEST_CASE("engine backends: the CPU's plug-in is named with what it was built for") {
  const auto known = parse_backends(cpu_only);
  CHECK(known.loaded == words{"CPU (haswell)"});
  CHECK(known.devices.empty());
  CHECK(to_string(known) == "CPU (haswell)");
}

TEST_CASE("engine backends: GPUs are devices, with their memory") {
  const auto known = parse_backends(two_gpus);
  CHECK(known.loaded == words{"CUDA", "CPU (sapphirerapids)"});
  CHECK(known.devices == words{"CUDA0: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free)",
                               "CUDA1: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free)"});
  CHECK(to_string(known) ==
        "CUDA, CPU (sapphirerapids); CUDA0: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free); "
        "CUDA1: NVIDIA H100 80GB HBM3 (81559 MiB, 80994 MiB free)");
}

TEST_CASE("engine backends: an engine without plug-ins has its backends built in") {
  CHECK(to_string(parse_backends("Available devices:\n")) == "built in, CPU");
  CHECK(to_string(parse_backends("Available devices:\n  Vulkan0: Arc (1 MiB, 1 MiB free)\n")) ==
        "built in; Vulkan0: Arc (1 MiB, 1 MiB free)");
}

TEST_CASE("engine backends: a line that is cut off names nothing") {
  CHECK(parse_backends("load_backend: loaded CPU") == engine_backends{});
  CHECK(parse_backends("") == engine_backends{});
}
