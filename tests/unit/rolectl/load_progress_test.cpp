#include "tools/rolectl/load_progress.hpp"

#include "tools/rolectl/text_columns.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using namespace std::chrono_literals;
using rolectl::progress_line;

admin::instance_status instance(std::string name, std::string state) {
  admin::instance_status result;
  result.name = std::move(name);
  result.state = std::move(state);
  return result;
}

admin::role_status role(std::vector<admin::instance_status> instances) {
  admin::role_status result;
  result.name = "architect_general";
  result.instances = std::move(instances);
  return result;
}

admin::instance_status loading(const char* name, const char* phase, std::optional<double> ratio,
                               std::optional<double> rate = {}) {
  auto result = instance(name, "starting");
  result.load = {.phase = phase, .ratio = ratio, .bytes_per_second = rate, .elapsed_seconds = 12};
  return result;
}

constexpr double gib = 1U << 30;

}  // namespace

TEST_CASE("rolectl load: a bar, the share, the phase with its rate, and the time") {
  CHECK(progress_line(role({loading("a", "page_in", 0.42, 3.1 * gib)}), 12.04s, {}) ==
        "architect_general  [##########..............] 42 %  reading, 3.1 GiB/s  12.0 s");
  CHECK(progress_line(role({loading("a", "engine", 0.999)}), 61s, {}) ==
        "architect_general  [########################] 99 %  loading  1m1s");
}

TEST_CASE("rolectl load: where the way to go is not known there is no bar") {
  CHECK(progress_line(role({loading("a", "queued", {})}), 3s, {}) ==
        "architect_general  queued  3.0 s");
  CHECK(progress_line(role({loading("a", "evicting", {})}), 3s, {}) ==
        "architect_general  making room  3.0 s");
  CHECK(progress_line(role({instance("a", "starting")}), 250ms, {}) ==
        "architect_general  starting  250 ms");
}

TEST_CASE("rolectl load: of several processes the bar is of all and the slowest speaks") {
  CHECK(progress_line(role({instance("a-1", "ready"), loading("a-2", "page_in", 0.1),
                            loading("a-3", "warm_up", 0.9)}),
                      5s, {}) ==
        "architect_general  [################........] 66 %  reading, 1/3 ready  5.0 s");
}

TEST_CASE("rolectl unload: who is waited for while a role drains") {
  auto draining = instance("a", "draining");
  draining.leases = 2;
  CHECK(progress_line(role({draining}), 3s, {}) ==
        "architect_general  draining, 2 requests running  3.0 s");
  draining.leases = 1;
  CHECK(progress_line(role({draining}), 3s, {}) ==
        "architect_general  draining, 1 request running  3.0 s");
  CHECK(progress_line(role({}), 3s, {}).starts_with("architect_general"));
}

TEST_CASE("rolectl load: the line leaves the screen's last column free at every width") {
  const auto busy = role({loading("a", "page_in", 0.42, 3.1 * gib)});
  for (const int width : {1, 2, 20, 40, 69, 70, 80, 200}) {
    const rolectl::screen on{
        .is_terminal = true, .draws = true, .ascii = false, .width = width, .height = 24};
    const auto line = progress_line(busy, 12s, on);
    CAPTURE(width);
    CHECK(rolectl::display_width(line) < static_cast<std::size_t>(width));
    CHECK(line.find('\n') == std::string::npos);
  }
}
