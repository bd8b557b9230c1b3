#pragma once

#include "tools/rolectl/exit_code.hpp"

#include <filesystem>

namespace rolecall::rolectl {

struct model_options {
  std::filesystem::path file;  ///< a GGUF file; of several shards the first
  bool json = false;
};
/// Prints what a model's header says. Needs no daemon and no registry.
exit_code run_model(const model_options& options);

}  // namespace rolecall::rolectl
