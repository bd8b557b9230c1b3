#include "tools/rolectl/role_words.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::admin::instance_status;
using rolecall::admin::load_status;
using rolecall::admin::role_status;

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;

role_status role_of(std::vector<instance_status> instances) {
  role_status role;
  role.name = "r";
  role.instances = std::move(instances);
  return role;
}

instance_status in_state(std::string state) {
  instance_status instance;
  instance.state = std::move(state);
  return instance;
}

instance_status holding(std::uint64_t used, std::uint64_t reserved) {
  auto instance = in_state("ready");
  instance.reserved_bytes = reserved;
  if (used > 0) instance.memory = {.pss = used, .anon = 0, .file = 0, .swapped = 0};
  return instance;
}

std::string words(std::string phase, std::optional<double> ratio, std::optional<double> rate) {
  return load_words(load_status{std::move(phase), ratio, rate, 1});
}

}  // namespace

TEST_CASE("rolectl role words: memory is used and reserved, of all instances, in one unit") {
  CHECK(memory_words(role_of({holding(512 * mib, 2 * gib)})) == "0.5/2.0 GiB");
  CHECK(memory_words(role_of({holding(gib, 2 * gib), holding(gib, 2 * gib)})) == "2.0/4.0 GiB");
  CHECK(memory_words(role_of({holding(0, 2 * gib)})) == "-/2.0 GiB");
  CHECK(memory_words(role_of({holding(gib, 0)})) == "1.0/0.0 GiB");
  CHECK(memory_words(role_of({holding(0, 0)})).empty());
}

TEST_CASE("rolectl role words: a role that shares processes has no memory of its own") {
  auto role = role_of({holding(gib, 2 * gib)});
  CHECK(memory_bar(role, {}) == "[####....]");
  role.shares = "other";
  CHECK(memory_words(role).empty());
  CHECK(memory_bar(role, {}).empty());
  CHECK(token_words(role).empty());
}

TEST_CASE("rolectl role words: requests that are served and that wait") {
  auto role = role_of({in_state("ready")});
  role.in_flight = 2;
  role.waiting = 3;
  CHECK(request_words(role) == "2/3");
  role.instances.clear();
  CHECK(request_words(role).empty());
}

TEST_CASE("rolectl role words: a rate has a decimal while one can tell") {
  CHECK(rate_words(0) == "0");
  CHECK(rate_words(-1) == "0");
  CHECK(rate_words(0.26) == "0.3");
  CHECK(rate_words(99.9) == "99.9");
  CHECK(rate_words(99.96) == "100");
  CHECK(rate_words(1234.5) == "1235");
}

TEST_CASE("rolectl role words: a ready role that generates nothing says 0, a stopped one nothing") {
  CHECK(token_words(role_of({in_state("ready")})) == "0");
  CHECK(token_words(role_of({in_state("stopped")})).empty());
}

TEST_CASE("rolectl role words: a load tells its phase, how far it is, and how fast it reads") {
  CHECK(words("queued", {}, {}) == "queued");
  CHECK(words("evicting", 0.0, {}) == "making room");
  CHECK(words("page_in", 0.42, 3.1 * gib) == "reading 42 %, 3.1 GiB/s");
  CHECK(words("engine", 0.999, {}) == "loading 99 %");
  CHECK(words("warm_up", 1.0, 0.0) == "warming up 100 %");
  CHECK(words("a later phase", {}, {}) == "a later phase");
}

TEST_CASE("rolectl role words: of several loads the one that has got least far is told") {
  auto far = in_state("starting");
  far.load = load_status{"engine", 0.9, {}, 1};
  auto near = in_state("starting");
  near.load = load_status{"page_in", 0.1, {}, 1};
  CHECK(load_words(role_of({far, near})) == "reading 10 %");
  CHECK(load_words(role_of({in_state("ready")})).empty());
}

TEST_CASE("rolectl role words: progress comes before the reason, restarts behind it") {
  auto loading = in_state("starting");
  loading.load = load_status{"engine", 0.5, {}, 1};
  loading.reason = "crashed: signal 9\nlog line";
  loading.restarts = 1;
  CHECK(reason_words(role_of({loading}), {}) == "loading 50 %; crashed: signal 9; 1 restart");
  auto shared = role_of({loading});
  shared.shares = "owner";
  CHECK(reason_words(shared, {}) == "loading 50 %; shares owner");
}

TEST_CASE("rolectl role words: a reason stays one line and cannot drive the terminal") {
  auto odd = in_state("failed");
  odd.reason = "a\tb\033[2J";
  CHECK(reason_words(role_of({odd}), {.is_terminal = true}) == "a b[2J");
}
