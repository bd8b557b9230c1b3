#pragma once

#include "orchestrator/supervision/load_phases.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rolecall::supervision {

/// What the engine does after it has written `line`: engine or warm_up. llama-server 0.7.0 warms up
/// in silence after its line "llama threadpool init", or after "warming up the model" where its
/// log, or an older one's, has that; the next line ends it. Of lines that are not known it is
/// engine.
[[nodiscard]] load_phase phase_after(std::string_view line, load_phase before) noexcept;

/// Follows what a loading engine writes to its log. Lives on the control thread; reads what is in
/// the page cache still, and little at a time.
class load_log {
 public:
  /// From now on `log` is meant, from the byte `offset` on.
  void begin(std::filesystem::path log, std::uintmax_t offset);
  /// Reads what was written since, at most 64 KiB; what is left is read by the next look.
  void look();

  [[nodiscard]] load_phase phase() const noexcept { return phase_; }
  /// Of the log at the last look; 0 without one.
  [[nodiscard]] std::uintmax_t size() const noexcept { return size_; }

 private:
  void take(std::string_view text);

  std::filesystem::path log_;
  std::uintmax_t offset_ = 0;
  std::uintmax_t size_ = 0;
  std::string line_;  // what is there of the last one
  load_phase phase_ = load_phase::engine;
};

}  // namespace rolecall::supervision
