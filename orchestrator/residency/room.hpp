#pragma once

#include "orchestrator/residency/victims.hpp"

#include <vector>

namespace rolecall::residency {

/// An instance that is wanted and has no process.
struct need {
  instance_id instance = 0;
  role_id role = 0;  ///< the serving role; its own instances are no victims
  byte_count footprint = 0;
  bool may_wait = true;  ///< false: a further replica, not worth anybody's running requests
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
/// who leaves. `free` bytes are unreserved, `leaving` are those of instances that are stopping. For
/// each need in turn:
///
///   1. What is free or leaving suffices beside what older needs were promised?
///      1a. It fits into what is free now:            start.
///      1b. Otherwise:                                await_exits; the bytes are promised.
///   2. Idle victims make up for the rest:            evict the least of them.
///   3. It may not wait:                              forgo.
///   4. Victims that are busy or loading do as well:  take_turns; nobody else may have them.
///   5. Only victims promised to older needs would:   queue; younger needs get nothing before it.
///   6. Not even those:                               obstructed.
///
/// A younger need therefore starts before an older one only in memory that the older one does not
/// want, and delays it at most by an exit that is under way.
[[nodiscard]] std::vector<room_decision> make_room(const std::vector<need>& needs,
                                                   std::vector<candidate> candidates,
                                                   byte_count free, byte_count leaving);

}  // namespace rolecall::residency
