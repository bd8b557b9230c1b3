#pragma once

#include "tools/rolectl/exit_code.hpp"

#include <filesystem>
#include <string>

namespace rolecall::rolectl {

// Which models fit this host: commands that need no daemon, and no registry either.

struct assess_options {
  std::filesystem::path
      registry;  ///< whose directories are looked at; empty: found, if there is one
  bool json = false;
};
exit_code run_assess(const assess_options& options);

struct budget_options {
  std::string ram{};  ///< "512GB"; empty: this host's
  std::filesystem::path registry{};
  bool json = false;
};
exit_code run_budget(const budget_options& options);

struct size_options {
  std::filesystem::path file{};  ///< a GGUF, or nothing
  std::string parameters{};      ///< "32B", "235B-A22B"
  std::string quant{};
  int context = 32768;  ///< tokens over all slots
  int slots = 1;
  bool json = false;
};
exit_code run_size(const size_options& options);

struct recommend_options {
  std::string ram{};
  std::filesystem::path write{};  ///< a registry is written here; must not exist
  bool json = false;
};
exit_code run_recommend(const recommend_options& options);

}  // namespace rolecall::rolectl
