#pragma once

#include "launcher/process_memory.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rolecall::oracle {

/// What llama.cpp logs of its buffers, in MiB.
struct engine_report {
  double weights = 0;   ///< model buffers of all models
  double kv_cache = 0;  ///< the last context's caches are the draft's when there is one
  double draft_kv_cache = 0;
  double state = 0;
  double compute = 0;  ///< compute and output buffers of all contexts
  double image = 0;    ///< the projector's compute buffer
};

/// Reads "… buffer size = … MiB" and "llama_kv_cache: size = … MiB" lines. `drafts`: whether a
/// second model's context follows.
[[nodiscard]] engine_report parse_report(const std::string& log, bool drafts);

/// Projects a model's memory with llama-fit-params, without loading it. Throws when it says
/// nothing.
[[nodiscard]] engine_report project(const std::filesystem::path& fit_params,
                                    const std::filesystem::path& model,
                                    const std::vector<std::string>& arguments);

/// A run of llama-server: its report, and what it had in memory after two requests of `prompt`
/// tokens each on a context of one slot.
struct served {
  engine_report report;
  launcher::process_memory peak;
};
[[nodiscard]] served serve(const std::filesystem::path& llama_server,
                           const std::filesystem::path& log,
                           const std::vector<std::string>& arguments, int prompt, bool embeddings,
                           bool drafts);

}  // namespace rolecall::oracle
