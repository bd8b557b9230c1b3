#include "orchestrator/residency/victims.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

/// Candidates and the memory they hold: instance 0 … n − 1 of these footprints and files.
struct fleet {
  explicit fleet(const std::vector<byte_count>& footprints,
                 const std::vector<std::vector<file_id>>& files = {},
                 const std::vector<byte_count>& file_sizes = {}) {
    for (const auto bytes : file_sizes) known.files.push_back({"file", bytes});
    for (instance_id id = 0; id < footprints.size(); ++id)
      known.instances.push_back(
          {"instance", id, footprints[id], files.empty() ? std::vector<file_id>{} : files[id]});
  }

  /// Who leaves of `from` so that `needed` bytes are free.
  [[nodiscard]] std::optional<std::vector<instance_id>> chosen(std::vector<candidate> from,
                                                               byte_count needed) const {
    sort_for_eviction(from);
    holdings held(known);
    for (const auto& c : from) held.add(c.instance);
    if (needed > held.bytes()) return std::nullopt;
    const auto victims = choose_victims(from, held, held.bytes() - needed);
    REQUIRE(victims);
    std::vector<instance_id> ids;
    for (const auto& c : *victims) ids.push_back(c.instance);
    return ids;
  }

  catalogue known;
};

candidate idle(instance_id id, std::chrono::seconds used) {
  return {.instance = id, .role = id, .last_used = time_point{used}};
}

using ids = std::vector<instance_id>;

}  // namespace

TEST_CASE("victims: the least recently used go first, and only as many as make room") {
  const fleet f({4, 4, 4});
  const std::vector from{idle(0, 30s), idle(1, 10s), idle(2, 20s)};
  CHECK((f.chosen(from, 0) == ids{}));
  CHECK((f.chosen(from, 1) == ids{1}));
  CHECK((f.chosen(from, 4) == ids{1}));
  CHECK((f.chosen(from, 5) == ids{1, 2}));
  CHECK((f.chosen(from, 12) == ids{1, 2, 0}));
}

TEST_CASE("victims: those that a larger one makes unnecessary stay") {
  const fleet f({2, 10});
  CHECK((f.chosen({idle(0, 10s), idle(1, 20s)}, 10) == ids{1}));
  CHECK((f.chosen({idle(0, 10s), idle(1, 20s)}, 11) == ids{0, 1}));
}

TEST_CASE("victims: of two that could stay the more recently used does") {
  const fleet f({3, 3, 6});
  CHECK((f.chosen({idle(0, 10s), idle(1, 20s), idle(2, 30s)}, 8) == ids{0, 2}));
}

TEST_CASE("victims: ties go to the lower id") {
  const fleet f({4, 4, 4});
  CHECK((f.chosen({idle(2, 10s), idle(1, 10s)}, 4) == ids{1}));
}

TEST_CASE("victims: what one file holds in memory goes only with the last who maps it") {
  const fleet f({1, 1, 5}, {{0}, {0}, {}}, {10});
  const std::vector from{idle(0, 10s), idle(1, 20s), idle(2, 30s)};
  CHECK((f.chosen(from, 2) == ids{0, 1}));
  CHECK((f.chosen(from, 7) == ids{0, 1}));
  CHECK((f.chosen(from, 13) == ids{0, 1, 2}));
}

TEST_CASE(
    "victims: an idle instance goes before a busy one, and a busy one before one that loads") {
  const fleet f({4, 4, 4, 4});
  auto busy = idle(0, 5s);
  busy.cost = reluctance::busy;
  auto loading = idle(1, 1s);
  loading.cost = reluctance::loading;
  auto closing = idle(3, 50s);
  closing.cost = reluctance::closing;
  const std::vector from{busy, loading, idle(2, 40s), closing};
  CHECK((f.chosen(from, 4) == ids{3}));
  CHECK((f.chosen(from, 16) == ids{3, 2, 0, 1}));
}

TEST_CASE("victims: the lower priority goes first, but no busy instance before an idle one") {
  const fleet f({4, 4, 4});
  auto precious = idle(0, 10s);
  precious.priority = 5;
  auto cheap = idle(1, 30s);
  cheap.priority = -5;
  auto busy = idle(2, 5s);
  busy.cost = reluctance::busy;
  busy.priority = -100;
  CHECK((f.chosen({precious, cheap, busy}, 12) == ids{1, 0, 2}));
}

TEST_CASE("victims: among equals of priority what is worth less goes first") {
  const fleet f({4, 4});
  auto slow_to_load = idle(0, 10s);
  slow_to_load.worth = 2;
  auto quick_to_load = idle(1, 30s);
  quick_to_load.worth = 1;
  CHECK((f.chosen({slow_to_load, quick_to_load}, 4) == ids{1}));
}

TEST_CASE("victims: a byte is worth more the longer its load and the shorter its idleness") {
  CHECK(memory_worth(20s, 100, 60s) > memory_worth(10s, 100, 60s));
  CHECK(memory_worth(20s, 100, 60s) > memory_worth(20s, 200, 60s));
  CHECK(memory_worth(20s, 100, 60s) > memory_worth(20s, 100, 61s));
  CHECK(std::isfinite(memory_worth(20s, 0, 0s)));
}

TEST_CASE("victims: nobody is chosen when all together do not make room") {
  const fleet f({4});
  holdings held(f.known);
  held.add(0);
  CHECK_FALSE(choose_victims({}, held, 3));
  CHECK(choose_victims({idle(0, 10s)}, held, 0));
}

}  // namespace rolecall::residency
