#pragma once

#include "launcher/host_limits.hpp"
#include "tools/rolectl/exit_code.hpp"
#include "tools/rolectl/screen.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::rolectl {

/// What `rolectl doctor` found.
struct diagnosis {
  std::filesystem::path registry;
  std::optional<int> daemon;  ///< whose limits these are; nullopt: those of this shell
  std::vector<launcher::limit_finding> findings;

  [[nodiscard]] bool bites() const noexcept;
};

/// One line for each check, a remedy below those that need one, and a last line that counts. Pure.
[[nodiscard]] std::string doctor_text(const diagnosis& found, const screen& on);
/// The same as JSON.
[[nodiscard]] std::string doctor_json(const diagnosis& found);

struct doctor_options {
  std::filesystem::path registry;  ///< empty: as rolecalld finds it
  bool json = false;
};
/// `refused` when something will bite.
exit_code run_doctor(const doctor_options& options);

}  // namespace rolecall::rolectl
