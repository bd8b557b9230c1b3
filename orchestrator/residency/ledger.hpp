#pragma once

#include "orchestrator/residency/holdings.hpp"

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

/// Whether an instance in this state holds its memory.
[[nodiscard]] bool is_reserved(presence state) noexcept;

struct residency_row {
  presence state = presence::absent;
  bool pinned = false;
};

/// The budget and who holds what of it. Reservations follow from states, footprints and files, and
/// from nothing else; a file counts once while any reserved instance maps it.
class ledger {
 public:
  explicit ledger(catalogue known);
  ledger(const ledger&) = delete;  // the holdings point into the catalogue
  ledger& operator=(const ledger&) = delete;

  /// The one way a reservation comes or goes. Throws std::logic_error for one that exceeds the
  /// budget.
  void move(instance_id instance, presence to);
  /// The same for an instance that is in memory already: even above the budget.
  void take_over(instance_id instance, presence to);
  /// The reservation follows, even above the budget.
  void set_footprint(instance_id instance, byte_count footprint);
  void pin(instance_id instance, bool pinned) { rows_[instance].pinned = pinned; }
  /// Another catalogue, in which every instance so far has its place; rows stay, reservations
  /// follow, even above the budget. New instances are absent.
  void reconfigure(catalogue next);
  /// A new instance takes the place of one that is not reserved.
  void reset(instance_id instance) { rows_[instance] = {}; }

  [[nodiscard]] const catalogue& known() const noexcept { return known_; }
  [[nodiscard]] const residency_row& row(instance_id instance) const { return rows_[instance]; }
  [[nodiscard]] presence state(instance_id instance) const { return rows_[instance].state; }
  [[nodiscard]] instance_id size() const noexcept { return static_cast<instance_id>(rows_.size()); }

  [[nodiscard]] byte_count budget() const noexcept { return known_.budget; }
  [[nodiscard]] byte_count reserved() const noexcept { return reserved_.bytes(); }
  /// 0 when more than the budget is reserved.
  [[nodiscard]] byte_count free() const noexcept;
  /// Reserved only by instances that are stopping: free as soon as all their exits are confirmed.
  [[nodiscard]] byte_count leaving() const noexcept { return reserved_.bytes() - staying_.bytes(); }
  /// Whether an instance that is not reserved can be, now.
  [[nodiscard]] bool fits(instance_id instance) const {
    return reserved_.bytes_with(instance) <= budget();
  }

  /// Whatever is reserved.
  [[nodiscard]] const holdings& everybody() const noexcept { return reserved_; }
  /// Whatever is reserved and not stopping.
  [[nodiscard]] const holdings& staying() const noexcept { return staying_; }

 private:
  catalogue known_;
  holdings reserved_;
  holdings staying_;
  std::vector<residency_row> rows_;
};

}  // namespace rolecall::residency
