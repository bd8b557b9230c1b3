#pragma once

#include "launcher/process_memory.hpp"
#include "registry/footprint.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::memory {

using launcher::process_memory;
using registry::byte_count;

/// What processes of one kind were measured to cost: same model files, arguments, memory limits
/// and engine build.
struct learned_footprint {
  std::string role;             ///< that was measured last, for people
  std::string model;            ///< path, for people
  byte_count estimated = 0;     ///< private bytes, as estimated when it was measured last
  byte_count peak_private = 0;  ///< largest process_memory::private_bytes()
  byte_count peak_file = 0;     ///< largest process_memory::file
  byte_count peak_pss = 0;
  std::uint64_t samples = 0;
  std::uint64_t busy_samples = 0;  ///< of processes that had worked since the sample before
  std::int64_t measured_at = 0;    ///< seconds since 1970
  byte_count after_kill =
      0;  ///< private bytes believed since a kill for memory; 0: none, or refuted

  bool operator==(const learned_footprint&) const = default;
};

/// Buffers grow with the work: a peak is believed to be one after this many samples of a process
/// that worked. Until then it counts only where it exceeds the estimate.
inline constexpr std::uint64_t busy_samples_of_a_proof = 32;

/// Their file in host.state_dir.
inline constexpr const char* learned_footprints_file = "learned_footprints.json";

/// Added to a measured peak: heaps fragment, and a longer request than any before may come.
inline constexpr double margin = 0.05;

/// A process that was killed for its memory needed more than it had: this much more is believed,
/// each time anew, until busy_samples_of_a_proof samples of its successors say otherwise. A quarter
/// is what few footprints were ever misjudged by, and five crashes in a row treble it.
inline constexpr double growth_after_kill = 0.25;

/// Private bytes of a process that the kernel killed for its memory.
struct kill_for_memory {
  byte_count reserved = 0;             ///< as they were believed to be
  std::optional<byte_count> measured;  ///< as they were seen last
  byte_count limit = 0;                ///< it can never have more: that much is believed at most
};

/// An estimate this far from the measured peak is wrong: logged, and counted.
inline constexpr double tolerated_error = 0.10;

[[nodiscard]] bool is_proven(const learned_footprint& learned) noexcept;

/// Private bytes to reserve for an instance: the estimate until a measurement is there; a measured
/// peak and its margin, or what a kill for memory taught, where that is larger; once proven, the
/// peak with its margin and with what the engine may still fill whenever it likes, prompt cache and
/// checkpoints, up to the estimate.
[[nodiscard]] byte_count private_bytes_to_reserve(const registry::footprint& estimate,
                                                  const learned_footprint* learned) noexcept;

/// (measured − estimated) / estimated of private memory and files together; 0.2: a fifth more than
/// estimated. Empty while nothing is certain: a peak below the estimate counts once it is proven.
[[nodiscard]] std::optional<double> estimate_error(const registry::footprint& estimate,
                                                   const learned_footprint& learned) noexcept;

/// What was learned so far, by fingerprint. A value; reading and writing files is state_file's.
class learned_footprints {
 public:
  /// Kept at most; those measured longest ago are dropped.
  static constexpr std::size_t capacity = 512;

  [[nodiscard]] const learned_footprint* find(std::string_view fingerprint) const noexcept;

  /// Takes a sample in. `worked`: the process served something since the sample before.
  const learned_footprint& record(const std::string& fingerprint, std::string role,
                                  std::string model, byte_count estimated,
                                  const process_memory& sample, bool worked,
                                  std::chrono::system_clock::time_point now);

  /// What it had and what was seen of it was too little. What was proven is not proven any more.
  const learned_footprint& killed(const std::string& fingerprint, std::string role,
                                  std::string model, const kill_for_memory& kill,
                                  std::chrono::system_clock::time_point now);

  /// Kills do not count any more: whatever they came from was mended. nullptr: none did.
  const learned_footprint* forgive(std::string_view fingerprint) noexcept;

  /// JSON, an object with a version; members that a later version adds are ignored by earlier ones.
  [[nodiscard]] std::string to_json() const;
  /// The error says what is wrong with the text.
  [[nodiscard]] static boost::system::result<learned_footprints, std::string> parse(
      std::string_view json);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  bool operator==(const learned_footprints&) const = default;

 private:
  learned_footprint& entry(const std::string& fingerprint);

  std::map<std::string, learned_footprint, std::less<>> entries_;
};

}  // namespace rolecall::memory
