#include "arrival_trace.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <random>
#include <sstream>
#include <stdexcept>

namespace rolecall::bench {

namespace {

constexpr double hour = 3600;
constexpr double day = 24 * hour;

class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  /// In [0, 1).
  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * share(); }
  /// The time until something that happens every `mean` seconds.
  double exponential(double mean) { return -mean * std::log1p(-share()); }
  /// A rank of 0 … `count` − 1, rank r with a weight of 1/(r + 1).
  std::size_t zipf(std::size_t count) {
    double sum = 0;
    for (std::size_t r = 0; r < count; ++r) sum += 1.0 / static_cast<double>(r + 1);
    auto left = share() * sum;
    for (std::size_t r = 0; r < count; ++r) {
      left -= 1.0 / static_cast<double>(r + 1);
      if (left < 0) return r;
    }
    return count - 1;
  }

 private:
  std::mt19937_64 random_;
};

using role_id = residency::role_id;

// A caller works with one role for a while: requests, and pauses to read the answers.
void add_session(std::vector<arrival>& list, dice& random, double begin, role_id role) {
  auto now = begin;
  for (auto requests = 3 + random.zipf(30); requests > 0; --requests) {
    const auto duration = random.between(5, 60);
    list.push_back({now, role, duration});
    now += duration + random.exponential(45);
  }
}

std::vector<arrival> zipf(std::size_t roles) {
  dice random(1);
  std::vector<arrival> list;
  for (auto now = random.exponential(60); now < day; now += random.exponential(60))
    list.push_back({now, static_cast<role_id>(random.zipf(roles)), random.between(5, 60)});
  return list;
}

std::vector<arrival> sessions(std::size_t roles, std::uint64_t seed) {
  dice random(seed);
  std::vector<arrival> list;
  for (auto now = random.exponential(600); now < day; now += random.exponential(600))
    add_session(list, random, now, static_cast<role_id>(random.zipf(roles)));
  return list;
}

// Three times the traffic at noon that there is at midnight, and at night the other roles are
// wanted: what runs in batches.
std::vector<arrival> day_and_night(std::size_t roles) {
  dice random(3);
  std::vector<arrival> list;
  double now = 0;
  while (now < day) {
    const auto noon = std::sin(std::numbers::pi * now / day);  // 0 at midnight
    now += random.exponential(1200 - 800 * noon);
    const auto rank = random.zipf(roles);
    add_session(list, random, now, static_cast<role_id>(noon > 0.7 ? rank : roles - 1 - rank));
  }
  return list;
}

// Each role in turn, the worst that can happen to who keeps the most recently used ones.
std::vector<arrival> loop(std::size_t roles) {
  std::vector<arrival> list;
  role_id role = 0;
  for (double now = 0; now < day; now += 240) {
    list.push_back({now, role, 30});
    role = (role + 1) % static_cast<role_id>(roles);
  }
  return list;
}

// Sessions, and every three hours somebody tries every role once.
std::vector<arrival> scans(std::size_t roles) {
  auto list = sessions(roles, 5);
  for (auto begin = hour; begin < day; begin += 3 * hour)
    for (role_id role = 0; role < roles; ++role) list.push_back({begin + 180.0 * role, role, 10});
  return list;
}

}  // namespace

residency::catalogue simulated_roles() {
  constexpr residency::byte_count gigabyte = 1'000'000'000;
  struct model {
    const char* role;
    residency::byte_count file;
    residency::byte_count beside;
  };
  // The order is that of the rank.
  static constexpr model models[] = {
      {"architect_general", 129, 4},
      {"ingest_long_context", 44, 12},
      {"worker_vision", 5, 2},
      {"architect_coding", 264, 7},
      {"vision_escalation", 17, 3},
      {"reasoner", 40, 8},
      {"coder_large", 65, 6},
      {"mathematician", 42, 5},
      {"judge", 24, 4},
      {"summarizer", 14, 3},
      {"translator", 9, 2},
  };
  residency::catalogue known;
  const auto add = [&](const char* name, residency::byte_count beside, residency::file_id file) {
    const auto id = static_cast<residency::role_id>(known.roles.size());
    known.roles.push_back({.name = name, .instances = {id}, .queue = {}, .idle_unload = {}});
    known.roles.back().queue.limit = 1000;
    known.instances.push_back({name, id, beside * gigabyte, {file}});
  };
  for (const auto& m : models) {
    known.files.push_back({m.role, m.file * gigabyte});
    add(m.role, m.beside, static_cast<residency::file_id>(known.files.size() - 1));
  }
  add("architect_review", 8, 0);  // architect_general's model with a context of its own
  return known;
}

std::vector<arrival_trace> generated_traces(std::size_t roles) {
  std::vector<arrival_trace> traces{
      {"zipf", "a request a minute, independent of each other", zipf(roles)},
      {"sessions", "callers that work with one role for a while, a new one every ten minutes",
       sessions(roles, 2)},
      {"day and night", "sessions, three times as many at noon; at night the other roles",
       day_and_night(roles)},
      {"scans", "sessions, and every three hours each role once", scans(roles)},
      {"loop", "each role in turn, every four minutes the next one", loop(roles)},
  };
  for (auto& trace : traces) std::ranges::stable_sort(trace.arrivals, {}, &arrival::at);
  return traces;
}

arrival_trace read_trace(const std::string& path, const residency::catalogue& known) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  arrival_trace trace{path, "read from a file", {}};
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words(line);
    arrival a;
    std::string role;
    words >> a.at >> role >> a.duration;
    const auto found = std::ranges::find(known.roles, role, &residency::catalogue::role::name);
    if (!words || found == known.roles.end())
      throw std::runtime_error("cannot read " + path + ", line " + std::to_string(number) +
                               ": not a time, one of the simulated roles and a duration");
    a.role = static_cast<role_id>(found - known.roles.begin());
    trace.arrivals.push_back(a);
  }
  std::ranges::stable_sort(trace.arrivals, {}, &arrival::at);
  return trace;
}

}  // namespace rolecall::bench
