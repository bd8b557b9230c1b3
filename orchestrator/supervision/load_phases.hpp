#pragma once

#include "launcher/process_probe.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"
#include "orchestrator/supervision/read_rate.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rolecall::supervision {

/// What a load spends its time on: the same words in JSON, metrics and documents (docs/loading.md).
enum class load_phase {
  queued,    ///< there is memory; it waits for its turn, until its process is started
  evicting,  ///< it is wanted and waits for memory
  page_in,   ///< bytes come from a disk
  engine,    ///< whatever else the process does
  warm_up,   ///< the engine's first runs through the model
};
inline constexpr std::array every_load_phase{load_phase::queued, load_phase::evicting,
                                             load_phase::page_in, load_phase::engine,
                                             load_phase::warm_up};
[[nodiscard]] const char* to_string(load_phase phase) noexcept;

/// How far a load has come.
struct load_report {
  load_phase phase = load_phase::queued;
  std::chrono::duration<double> elapsed{0};  ///< since it was wanted; once adopted: since the spawn
  std::uint64_t read_bytes = 0;              ///< that came from disks for it
  std::uint64_t resident_bytes = 0;          ///< the most that was seen
  std::optional<double> bytes_per_second{};  ///< from disks, over the last second; in page_in alone

  bool operator==(const load_report&) const = default;
};

/// What is resident of what the process is expected to need, 0 … 0.99: only one that is ready is
/// loaded to the last byte. Empty when nothing is expected.
[[nodiscard]] std::optional<double> load_ratio(const load_report& load,
                                               std::uint64_t expected_bytes) noexcept;

/// The account of one load: every moment between its wish and its end belongs to one phase. It is
/// told moments, in their order; what passed between two looks at the process was reading if enough
/// bytes came from a disk meanwhile, and otherwise what the log said at the first of them. Pure.
class load_phases {
 public:
  using duration = std::chrono::steady_clock::duration;

  load_phases() = default;
  /// A load that was wanted since `wanted` and may begin `now`, as far as memory is concerned.
  load_phases(time_point wanted, time_point now);
  /// Of a process that a former daemon started: what it did until `now` is not known.
  [[nodiscard]] static load_phases of_adopted(time_point spawned, time_point now);

  /// Its process was started.
  void spawned(time_point now);
  /// `told`: what the engine does by its log, engine or warm_up.
  void looked(const launcher::process_progress& process, load_phase told, time_point now);
  /// It is ready.
  void ended(time_point now);

  [[nodiscard]] duration spent_on(load_phase phase) const noexcept {
    return spent_[static_cast<std::size_t>(phase)];
  }
  [[nodiscard]] duration total() const noexcept;
  /// It was seen from its beginning.
  [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
  [[nodiscard]] load_report report(time_point now) const;

 private:
  void spend(load_phase phase, time_point until);
  [[nodiscard]] bool reads(const launcher::process_progress& process, time_point now) const;

  std::array<duration, every_load_phase.size()> spent_{};
  time_point began_{};
  time_point last_{};  // moment that was told
  bool is_whole_ = true;
  load_phase present_ = load_phase::queued;
  load_phase told_ = load_phase::engine;
  std::optional<std::uint64_t> read_bytes_;  // of an adopted process not before the first look
  std::uint64_t resident_bytes_ = 0;
  read_rate rate_;
};

}  // namespace rolecall::supervision
