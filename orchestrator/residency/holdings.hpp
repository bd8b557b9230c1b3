#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <vector>

namespace rolecall::residency {

/// The bytes that a set of instances holds together: the footprint of each, and every file that one
/// of them maps, once. The catalogue outlives it and does not change while an instance is in the
/// set.
class holdings {
 public:
  explicit holdings(const catalogue& known) : known_(&known), holders_(known.files.size(), 0) {}

  /// An instance that is not in the set.
  void add(instance_id instance);
  /// One that is.
  void remove(instance_id instance);

  [[nodiscard]] byte_count bytes() const noexcept { return bytes_; }
  /// What an instance that is not in the set would add: its files only where nobody maps them.
  [[nodiscard]] byte_count added_by(instance_id instance) const { return share(instance, 0); }
  /// What one that is in the set would take away: its files only where nobody else maps them.
  [[nodiscard]] byte_count freed_by(instance_id instance) const { return share(instance, 1); }
  [[nodiscard]] byte_count bytes_with(instance_id instance) const {
    return bytes_ + added_by(instance);
  }

 private:
  /// The footprint, and those files that `holders` instances of the set map.
  [[nodiscard]] byte_count share(instance_id instance, std::uint32_t holders) const;

  const catalogue* known_;
  std::vector<std::uint32_t> holders_;  // by file_id: instances of the set that map it
  byte_count bytes_ = 0;
};

}  // namespace rolecall::residency
