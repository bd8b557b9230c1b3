#include "orchestrator/supervision/start_turns.hpp"

#include <doctest/doctest.h>

using namespace rolecall::supervision;
using rolecall::registry::file_identity;
using ids = std::vector<rolecall::residency::instance_id>;
using standing = start_turn::standing;

namespace {

constexpr file_identity big{.device = 1, .inode = 10};
constexpr file_identity other{.device = 1, .inode = 11};
constexpr file_identity elsewhere{.device = 2, .inode = 10};

}  // namespace

TEST_CASE("start turns: a disk serves one load at a time, in the order of the registry") {
  CHECK(starts_due({{.instance = 0, .files = {big}}, {.instance = 1, .files = {other}}}) == ids{0});
  CHECK(starts_due({{.instance = 0, .now = standing::loads, .files = {big}},
                    {.instance = 1, .files = {other}}})
            .empty());
  CHECK(starts_due({{.instance = 0, .now = standing::up, .files = {big}},
                    {.instance = 1, .files = {other}}}) == ids{1});
}

TEST_CASE("start turns: the higher priority goes first") {
  CHECK(starts_due({{.instance = 0, .priority = 1, .files = {big}},
                    {.instance = 1, .priority = 5, .files = {other}}}) == ids{1});
}

TEST_CASE("start turns: different disks load side by side") {
  CHECK(starts_due({{.instance = 0, .files = {big}}, {.instance = 1, .files = {elsewhere}}}) ==
        ids{0, 1});
}

TEST_CASE("start turns: a file that is held or loaded already is not read again") {
  CHECK(starts_due({{.instance = 0, .files = {big}},
                    {.instance = 1, .files = {big}},
                    {.instance = 2, .files = {big}},
                    {.instance = 3, .files = {other}}}) == ids{0, 1, 2});
  CHECK(starts_due({{.instance = 0, .now = standing::loads, .files = {big}},
                    {.instance = 1, .files = {big}}}) == ids{1});
  CHECK(starts_due({{.instance = 0, .now = standing::up, .files = {big}},
                    {.instance = 1, .now = standing::loads, .files = {other}},
                    {.instance = 2, .files = {big}}}) == ids{2});
}

TEST_CASE("start turns: a load of what somebody holds leaves the disk to others") {
  CHECK(starts_due({{.instance = 0, .now = standing::up, .files = {big}},
                    {.instance = 1, .now = standing::loads, .files = {big}},
                    {.instance = 2, .files = {other}}}) == ids{2});
}

TEST_CASE("start turns: who waits for one of two disks keeps lower priorities off both") {
  const std::vector<start_turn> turns{
      {.instance = 0, .now = standing::loads, .files = {big}},
      {.instance = 1, .priority = 2, .files = {other, elsewhere}},
      {.instance = 2, .priority = 1, .files = {{.device = 2, .inode = 12}}}};
  CHECK(starts_due(turns).empty());
}

TEST_CASE("start turns: an instance without known files does not wait") {
  CHECK(starts_due({{.instance = 0, .now = standing::loads, .files = {big}}, {.instance = 1}}) ==
        ids{1});
}

TEST_CASE("start turns: everybody comes up in the end, whatever the order of loads") {
  std::vector<start_turn> turns;
  for (rolecall::residency::instance_id id = 0; id < 12; ++id)
    turns.push_back({.instance = id,
                     .priority = static_cast<int>(id % 3),
                     .files = {{.device = id % 2, .inode = id}, {.device = 7, .inode = id / 2}}});
  for (int round = 0; round < 24; ++round) {
    for (auto& turn : turns)
      if (turn.now == standing::loads) turn.now = standing::up;
    for (const auto id : starts_due(turns)) turns[id].now = standing::loads;
  }
  for (const auto& turn : turns) CHECK(turn.now == standing::up);
}
