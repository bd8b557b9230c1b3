#include "registry/graph_allocation.hpp"

#include <doctest/doctest.h>

using rolecall::registry::graph_allocation;

TEST_CASE("graph: a tensor's place is used again after its last reader") {
  graph_allocation g;
  const auto in = g.input(320);
  const auto first = g.node(640, {in});
  const auto second = g.node(640, {first});
  (void)g.node(640, {second});
  // The third lies where input and first were.
  CHECK(g.size() == 320 + 640 + 640);
}

TEST_CASE("graph: sizes are rounded up to 32 bytes") {
  graph_allocation g;
  (void)g.input(1);
  (void)g.input(33);
  CHECK(g.size() == 32 + 64);
}

TEST_CASE("graph: an operation works in its parent's place when nobody else reads it") {
  graph_allocation alone;
  const auto a = alone.node(640, {});
  (void)alone.in_place(640, {a});
  CHECK(alone.size() == 640);

  graph_allocation shared;
  const auto b = shared.node(640, {});
  const auto c = shared.in_place(640, {b});
  (void)shared.node(64, {b, c});
  CHECK(shared.size() == 640 + 640 + 64);
}

TEST_CASE("graph: nothing is computed in the place of a tensor of another size") {
  graph_allocation g;
  const auto a = g.node(640, {});
  (void)g.in_place(320, {a});
  CHECK(g.size() == 640 + 320);
}

TEST_CASE("graph: a part keeps the whole tensor, and one that nobody reads keeps it for good") {
  graph_allocation read;
  const auto a = read.node(640, {});
  const auto small = read.node(32, {read.part(a)});
  (void)read.node(640, {small});
  CHECK(read.size() == 640 + 32);

  graph_allocation unread;
  const auto b = unread.node(640, {});
  (void)unread.part(b);
  const auto next = unread.node(32, {b});
  (void)unread.node(640, {next});
  CHECK(unread.size() == 640 + 32 + 640);
}

TEST_CASE("graph: the smallest gap that is large enough is taken") {
  graph_allocation g;
  const auto large = g.node(960, {});
  const auto wall = g.node(32, {});
  const auto small = g.node(320, {});
  const auto end = g.node(32, {});
  g.sink({large});
  g.sink({small});
  const auto fits = g.node(320, {});  // where small was, so that large's place stays whole
  const auto next = g.node(960, {});
  (void)g.node(32, {wall, end, fits, next});
  CHECK(g.size() == 960 + 32 + 320 + 32 + 32);
}
