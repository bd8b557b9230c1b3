#include "orchestrator/residency/room.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::residency {

namespace {

byte_count sum(const std::vector<candidate>& list) {
  byte_count total = 0;
  for (const auto& c : list) total += c.footprint;
  return total;
}

class room {
 public:
  room(std::vector<candidate> candidates, byte_count free, byte_count leaving)
      : candidates_(std::move(candidates)), movable_(candidates_), free_(free), leaving_(leaving) {
    limit_ = free + leaving + sum(candidates_);
  }

  // The numbers are those of make_room's decision tree.
  room_decision decide(const need& n) {
    if (promised_ + n.footprint <= free_ + leaving_) {  // 1
      if (n.footprint <= free_) {                       // 1a
        free_ -= n.footprint;
        return {n, provision::start, {}};
      }
      promised_ += n.footprint;  // 1b
      return {n, provision::await_exits, {}};
    }
    const auto shortage = promised_ + n.footprint - (free_ + leaving_);
    if (auto victims = choose_victims(candidates_for(n, true), shortage))  // 2
      return promise(n, provision::evict, *std::move(victims));
    if (!n.may_wait) return {n, provision::forgo, {}};                      // 3
    if (auto victims = choose_victims(candidates_for(n, false), shortage))  // 4
      return promise(n, provision::take_turns, *std::move(victims));
    if (n.footprint + footprint_of_siblings(n) <= limit_) {  // 5
      promised_ = free_ + leaving_;
      candidates_.clear();
      return {n, provision::queue, {}};
    }
    return {n, provision::obstructed, {}};  // 6
  }

 private:
  [[nodiscard]] std::vector<candidate> candidates_for(const need& n, bool idle_only) const {
    std::vector<candidate> list;
    std::ranges::copy_if(candidates_, std::back_inserter(list), [&](const candidate& c) {
      return c.role != n.role && (c.idle || !idle_only);
    });
    return list;
  }

  [[nodiscard]] byte_count footprint_of_siblings(const need& n) const {
    byte_count total = 0;
    for (const auto& c : movable_)
      if (c.role == n.role) total += c.footprint;
    return total;
  }

  room_decision promise(const need& n, provision how, std::vector<candidate> victims) {
    std::erase_if(candidates_,
                  [&](const candidate& c) { return std::ranges::count(victims, c) > 0; });
    leaving_ += sum(victims);
    promised_ += n.footprint;
    return {n, how, std::move(victims)};
  }

  std::vector<candidate> candidates_;  // not promised to anybody
  std::vector<candidate> movable_;     // all of them
  byte_count free_;
  byte_count leaving_;
  byte_count promised_ = 0;  // of free_ + leaving_, to older needs; at most their sum
  byte_count limit_ = 0;     // what a need could have if it were alone
};

}  // namespace

std::vector<room_decision> make_room(const std::vector<need>& needs,
                                     std::vector<candidate> candidates, byte_count free,
                                     byte_count leaving) {
  room left{std::move(candidates), free, leaving};
  std::vector<room_decision> decisions;
  decisions.reserve(needs.size());
  for (const auto& n : needs) decisions.push_back(left.decide(n));
  return decisions;
}

}  // namespace rolecall::residency
