#pragma once

#include "tools/rolectl/exit_code.hpp"

#include <filesystem>

namespace rolecall::rolectl {

struct docs_options {
  std::filesystem::path registry{};  ///< empty: found as rolecalld finds it
  std::filesystem::path folder{};    ///< models.md and sizing.md are written there; empty: printed
  bool files = false;                ///< reads the models' headers for their true memory
};
/// Prints docs/models.md, or writes both pages.
exit_code run_docs(const docs_options& options);

}  // namespace rolecall::rolectl
