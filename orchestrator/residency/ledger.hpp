#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <vector>

namespace rolecall::residency {

/// The planner's view of a process; supervision's seven states seen through memory.
enum class presence {
  absent,    ///< no process, nothing reserved
  starting,  ///< reserved from the decision on
  ready,
  closing,   ///< gate closed so that another role's turn comes; leases still held run to their end;
             ///< reserved
  stopping,  ///< reserved until the exit is confirmed
  backoff,   ///< HOT: crashed, will start again; reserved
  failed,    ///< given up until an operator or a request after the cool-down; nothing reserved
};
[[nodiscard]] const char* to_string(presence state) noexcept;

/// Whether an instance in this state holds its footprint.
[[nodiscard]] bool is_reserved(presence state) noexcept;

struct residency_row {
  presence state = presence::absent;
  bool pinned = false;
};

/// The budget and who holds what of it. Reservations follow from states and from nothing else.
class ledger {
 public:
  explicit ledger(const catalogue& known);

  /// The one way a reservation comes or goes. Throws std::logic_error for one that exceeds the
  /// budget.
  void move(instance_id instance, presence to);
  void pin(instance_id instance, bool pinned) { rows_[instance].pinned = pinned; }

  [[nodiscard]] const residency_row& row(instance_id instance) const { return rows_[instance]; }
  [[nodiscard]] presence state(instance_id instance) const { return rows_[instance].state; }
  [[nodiscard]] instance_id size() const noexcept { return static_cast<instance_id>(rows_.size()); }

  [[nodiscard]] byte_count budget() const noexcept { return budget_; }
  [[nodiscard]] byte_count reserved() const noexcept { return reserved_; }
  [[nodiscard]] byte_count free() const noexcept { return budget_ - reserved_; }
  /// Reserved by instances that are stopping: free as soon as their exits are confirmed.
  [[nodiscard]] byte_count leaving() const noexcept { return leaving_; }

 private:
  byte_count budget_;
  byte_count reserved_ = 0;  // invariant: at most budget_
  byte_count leaving_ = 0;   // invariant: at most reserved_
  std::vector<byte_count> footprints_;
  std::vector<residency_row> rows_;
};

}  // namespace rolecall::residency
