#include "orchestrator/residency/room.hpp"

#include <array>

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

/// A ledger that is filled with instances, each of a role of its own, in the order of their ids;
/// and what is decided for those that are wanted.
class division {
 public:
  explicit division(byte_count budget, const std::vector<byte_count>& files = {}) {
    known_.budget = budget;
    for (const auto bytes : files) known_.files.push_back({"file", bytes});
  }
  division& holding(byte_count footprint, reluctance cost, std::vector<file_id> files = {}) {
    const auto id = add(footprint, std::move(files), presence::ready);
    candidates_.push_back({.instance = id,
                           .role = id,
                           .cost = cost,
                           .idle = cost == reluctance::idle,
                           .last_used = time_point{std::chrono::seconds{id}}});
    return *this;
  }
  /// A replica of the role that is wanted last.
  division& holding_sibling(byte_count footprint) {
    holding(footprint, reluctance::idle);
    siblings_ = true;
    return *this;
  }
  division& stopping(byte_count footprint, std::vector<file_id> files = {}) {
    add(footprint, std::move(files), presence::stopping);
    return *this;
  }
  division& pinned(byte_count footprint) {
    add(footprint, {}, presence::ready);
    return *this;
  }
  division& wanting(byte_count footprint, bool may_wait = true, std::vector<file_id> files = {}) {
    const auto id = add(footprint, std::move(files), presence::absent);
    needs_.push_back({id, id, may_wait});
    return *this;
  }

  /// "evict 0 1, start"
  [[nodiscard]] std::string decided() const {
    static constexpr std::array names{"start", "await_exits", "evict", "take_turns",
                                      "queue", "obstructed",  "forgo"};
    ledger memory(known_);
    for (instance_id id = 0; id < states_.size(); ++id) memory.move(id, states_[id]);
    auto candidates = candidates_;
    if (siblings_) candidates.back().role = needs_.back().role;
    sort_for_eviction(candidates);
    std::string text;
    for (const auto& d : make_room(needs_, candidates, memory)) {
      text += (text.empty() ? "" : ", ") + std::string{names[static_cast<std::size_t>(d.how)]};
      for (const auto& v : d.victims) text += " " + std::to_string(v.instance);
    }
    return text;
  }

 private:
  instance_id add(byte_count footprint, std::vector<file_id> files, presence state) {
    const auto id = static_cast<instance_id>(states_.size());
    known_.roles.push_back({.name = "role", .instances = {id}, .queue = {}, .idle_unload = {}});
    known_.instances.push_back({"instance", id, footprint, std::move(files)});
    states_.push_back(state);
    return id;
  }

  catalogue known_;
  std::vector<presence> states_;
  std::vector<candidate> candidates_;
  std::vector<need> needs_;
  bool siblings_ = false;
};

constexpr auto idle = reluctance::idle;
constexpr auto busy = reluctance::busy;

}  // namespace

TEST_CASE("room: what fits starts, oldest first") {
  CHECK(division(10).wanting(6).wanting(4).decided() == "start, start");
  CHECK(division(10).wanting(6).wanting(5).wanting(4).decided() == "start, queue, queue");
}

TEST_CASE("room: exits under way are waited for before anybody else has to leave") {
  CHECK(division(12).holding(6, idle).stopping(4).wanting(6).decided() == "await_exits");
}

TEST_CASE("room: exits promised to an older need do not serve a younger one") {
  CHECK(division(12).holding(6, idle).stopping(6).wanting(6).wanting(6).decided() ==
        "await_exits, evict 0");
}

TEST_CASE("room: an idle victim is taken before a busy one that was used longer ago") {
  CHECK(division(12).holding(6, busy).holding(6, idle).wanting(6).decided() == "evict 1");
}

TEST_CASE("room: idle victims stay while a busy one is needed besides") {
  CHECK(division(10).holding(6, busy).holding(4, idle).wanting(10).decided() == "take_turns 1 0");
}

TEST_CASE("room: a role's own replicas are not its victims") {
  CHECK(division(6).holding_sibling(6).wanting(6).decided() == "obstructed");
}

TEST_CASE("room: a younger need does not take free memory that an older one waits to complete") {
  CHECK(division(10).holding(6, busy).wanting(10).wanting(4).decided() == "take_turns 0, queue");
}

TEST_CASE("room: a younger need starts in what the older one will leave over") {
  CHECK(division(14).holding(10, busy).wanting(10).wanting(4).decided() == "take_turns 0, start");
}

TEST_CASE("room: no younger need overtakes one that waits for an older one's turn") {
  CHECK(division(12).holding(10, busy).wanting(10).wanting(10).wanting(2).decided() ==
        "take_turns 0, queue, queue");
}

TEST_CASE("room: a need that pins obstruct keeps nothing from others") {
  CHECK(division(10).holding(2, idle).pinned(4).wanting(10).wanting(4).decided() ==
        "obstructed, start");
}

TEST_CASE("room: a further replica takes idle memory but does not wait for busy memory") {
  CHECK(division(6).holding(6, idle).wanting(6, false).decided() == "evict 0");
  CHECK(division(6).holding(6, busy).wanting(6, false).decided() == "forgo");
}

TEST_CASE("room: a file that somebody maps costs nothing again") {
  CHECK(division(10, {6}).holding(2, busy, {0}).wanting(2, true, {0}).decided() == "start");
  CHECK(division(10, {6}).wanting(2, true, {0}).wanting(2, true, {0}).decided() == "start, start");
}

TEST_CASE("room: two victims that map one file free it only together") {
  CHECK(division(10, {6}).holding(2, idle, {0}).holding(2, idle, {0}).wanting(5).decided() ==
        "evict 0 1");
  CHECK(division(10, {6}).holding(2, idle, {0}).holding(2, idle, {0}).wanting(2).decided() ==
        "evict 0");
}

TEST_CASE("room: a victim does not free the file that it shares with the need") {
  CHECK(division(10, {6}).holding(4, idle, {0}).wanting(4, true, {0}).decided() == "evict 0");
  CHECK(division(10, {6}).holding(4, idle, {0}).wanting(5, true, {0}).decided() == "obstructed");
}

TEST_CASE("room: a file of a stopping instance is free only if nobody who comes maps it") {
  CHECK(division(10, {6}).stopping(2, {0}).wanting(4, true, {0}).decided() == "await_exits");
  CHECK(division(10, {6}).stopping(2, {0}).wanting(2, true, {0}).wanting(9).decided() ==
        "start, queue");
}

}  // namespace rolecall::residency
