#pragma once

#include "orchestrator/residency/ledger.hpp"
#include "orchestrator/residency/victims.hpp"

#include <vector>

namespace rolecall::residency {

/// An instance that is wanted and has no process.
struct need {
  instance_id instance = 0;
  role_id role = 0;       ///< the serving role; its own instances are no victims
  bool may_wait = true;   ///< false: a further replica, not worth anybody's running requests
  bool may_evict = true;  ///< false: nor anybody's place in memory; such needs come last
};

enum class provision {
  start,        ///< it fits: reserve and start
  await_exits,  ///< fits once the processes that are stopping are gone
  evict,        ///< fits without `victims`, and all of them are idle
  take_turns,   ///< fits without `victims`, once they have become idle
  queue,        ///< older needs come first; everything that they leave over is kept for it
  obstructed,  ///< pins and HOT roles leave too little, whoever else leaves: nothing is kept for it
  forgo,       ///< it would have to wait and may not
};

struct room_decision {
  need wanted;
  provision how = provision::start;
  std::vector<candidate> victims;  ///< for `evict` and `take_turns`
};

/// Divides memory among `needs`, oldest first: the one place where it is decided who is loaded and
/// who leaves. `candidates` are in the order of eviction. Files count once, so bytes are always
/// those of a set: of everybody who holds memory now, and of those who will be left when whoever
/// stops or has to leave is gone and older needs have what they were promised. For each need in
/// turn:
///
///   1. It fits beside those who will be left?
///      1a. It fits beside everybody, too:            start.
///      1b. Otherwise:                                await_exits; the room is promised.
///   2. It may evict, and fits when idle ones leave:  evict the least of them.
///   3. It may not wait:                              forgo.
///   4. Victims that are busy or loading do as well:  take_turns; nobody else may have them.
///   5. Only victims promised to older needs would:   queue; younger needs get nothing before it.
///   6. Not even those:                               obstructed.
///
/// A younger need therefore starts before an older one only in memory that the older one does not
/// want, and delays it at most by an exit that is under way.
[[nodiscard]] std::vector<room_decision> make_room(const std::vector<need>& needs,
                                                   std::vector<candidate> candidates,
                                                   const ledger& memory);

}  // namespace rolecall::residency
