#include "orchestrator/supervision/load_phases.hpp"

#include <algorithm>
#include <numeric>

#include <unistd.h>

namespace rolecall::supervision {
namespace {

constexpr double most_while_loading = 0.99;
// Slower than any disk that weights are read from; below it are stray pages of a program that
// computes.
constexpr double least_bytes_per_second = 1 << 20;

std::uint64_t page_size() {
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

// Some file systems do not count what they read, but each fault brought a page at least.
std::uint64_t bytes_from_disk(const launcher::process_progress& process) {
  return std::max(process.read_bytes, process.major_faults * page_size());
}

}  // namespace

const char* to_string(load_phase phase) noexcept {
  switch (phase) {
    case load_phase::queued:
      return "queued";
    case load_phase::evicting:
      return "evicting";
    case load_phase::page_in:
      return "page_in";
    case load_phase::engine:
      return "engine";
    case load_phase::warm_up:
      return "warm_up";
  }
  return "";
}

std::optional<double> load_ratio(const load_report& load, std::uint64_t expected_bytes) noexcept {
  if (expected_bytes == 0) return std::nullopt;
  return std::min(static_cast<double>(load.resident_bytes) / static_cast<double>(expected_bytes),
                  most_while_loading);
}

load_phases::load_phases(time_point wanted, time_point now)
    : began_(std::min(wanted, now)), last_(began_), read_bytes_(0) {
  spend(load_phase::evicting, now);
}

load_phases load_phases::of_adopted(time_point spawned, time_point now) {
  load_phases phases(now, now);
  phases.began_ = spawned;
  phases.is_whole_ = false;
  phases.present_ = load_phase::engine;
  phases.read_bytes_.reset();
  return phases;
}

void load_phases::spawned(time_point now) {
  spend(load_phase::queued, now);
  present_ = load_phase::engine;
  rate_.add(0, now);
}

void load_phases::looked(const launcher::process_progress& process, load_phase told,
                         time_point now) {
  const bool has_read = reads(process, now);
  spend(has_read ? load_phase::page_in : told_, now);
  present_ = has_read ? load_phase::page_in : told;
  told_ = told;
  read_bytes_ = bytes_from_disk(process);
  resident_bytes_ = std::max(resident_bytes_, process.resident_pages * page_size());
  rate_.add(*read_bytes_, now);
}

void load_phases::ended(time_point now) { spend(told_, now); }

load_phases::duration load_phases::total() const noexcept {
  return std::accumulate(spent_.begin(), spent_.end(), duration{0});
}

load_report load_phases::report(time_point now) const {
  return {.phase = present_,
          .elapsed = now - began_,
          .read_bytes = read_bytes_.value_or(0),
          .resident_bytes = resident_bytes_,
          .bytes_per_second = present_ == load_phase::page_in ? rate_.per_second() : std::nullopt};
}

void load_phases::spend(load_phase phase, time_point until) {
  spent_[static_cast<std::size_t>(phase)] += until - last_;
  last_ = until;
}

// A disk that is slow to answer brings nothing for a while; the process cannot even be signalled
// then.
bool load_phases::reads(const launcher::process_progress& process, time_point now) const {
  if (process.state == 'D') return true;
  const auto before = read_bytes_.value_or(bytes_from_disk(process));
  const auto bytes = bytes_from_disk(process) - before;
  const std::chrono::duration<double> gap = now - last_;
  return bytes > 0 && static_cast<double>(bytes) >= least_bytes_per_second * gap.count();
}

}  // namespace rolecall::supervision
