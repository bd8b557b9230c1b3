#include "orchestrator/residency/room.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::residency {

namespace {

class room {
 public:
  room(std::vector<candidate> candidates, const ledger& memory)
      : candidates_(std::move(candidates)),
        movable_(candidates_),
        now_(memory.everybody()),
        then_(memory.staying()),
        unmovable_(memory.staying()),
        budget_(memory.budget()),
        limit_(memory.budget()) {
    for (const auto& c : movable_) unmovable_.remove(c.instance);
  }

  // The numbers are those of make_room's decision tree.
  room_decision decide(const need& n) {
    if (then_.bytes_with(n.instance) <= limit_) {  // 1
      then_.add(n.instance);
      if (now_.bytes_with(n.instance) > budget_) return {n, provision::await_exits, {}};  // 1b
      now_.add(n.instance);
      return {n, provision::start, {}};  // 1a
    }
    if (n.may_evict)  // 2
      if (auto victims = victims_for(n, true))
        return promise(n, provision::evict, *std::move(victims));
    if (!n.may_wait) return {n, provision::forgo, {}};  // 3
    if (auto victims = victims_for(n, false))           // 4
      return promise(n, provision::take_turns, *std::move(victims));
    if (fits_without_movable(n)) {  // 5
      limit_ = then_.bytes();
      candidates_.clear();
      return {n, provision::queue, {}};
    }
    return {n, provision::obstructed, {}};  // 6
  }

 private:
  [[nodiscard]] std::optional<std::vector<candidate>> victims_for(const need& n,
                                                                  bool idle_only) const {
    std::vector<candidate> list;
    std::ranges::copy_if(candidates_, std::back_inserter(list), [&](const candidate& c) {
      return c.role != n.role && (c.idle || !idle_only);
    });
    auto with_need = then_;
    with_need.add(n.instance);
    return choose_victims(list, std::move(with_need), limit_);
  }

  // What a need could have if it were alone: its own replicas stay.
  [[nodiscard]] bool fits_without_movable(const need& n) const {
    auto left = unmovable_;
    for (const auto& c : movable_)
      if (c.role == n.role) left.add(c.instance);
    return left.bytes_with(n.instance) <= budget_;
  }

  room_decision promise(const need& n, provision how, std::vector<candidate> victims) {
    std::erase_if(candidates_,
                  [&](const candidate& c) { return std::ranges::count(victims, c) > 0; });
    for (const auto& v : victims) then_.remove(v.instance);
    then_.add(n.instance);
    return {n, how, std::move(victims)};
  }

  std::vector<candidate> candidates_;  // not promised to anybody
  std::vector<candidate> movable_;     // all of them
  holdings now_;                       // everybody, and who is started
  holdings then_;                      // who will be left, and who was promised to be
  holdings unmovable_;                 // who stays in any case
  byte_count budget_;
  byte_count limit_;  // of then_: nobody may add to it once somebody queues
};

}  // namespace

std::vector<room_decision> make_room(const std::vector<need>& needs,
                                     std::vector<candidate> candidates, const ledger& memory) {
  room left{std::move(candidates), memory};
  std::vector<room_decision> decisions;
  decisions.reserve(needs.size());
  for (const auto& n : needs) decisions.push_back(left.decide(n));
  return decisions;
}

}  // namespace rolecall::residency
