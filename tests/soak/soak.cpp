// The front door among clients and upstreams that fail at random: no answer may be lost or crossed,
// no lease, descriptor or memory be left behind.
#include "tests/soak/exchange.hpp"
#include "tests/soak/findings.hpp"
#include "tests/soak/fleet.hpp"
#include "tests/soak/process_figures.hpp"
#include "tests/soak/random_client.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <malloc.h>

using namespace rolecall::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

// AddressSanitizer keeps what was freed for a while, and tells of leaks itself.
#ifdef __SANITIZE_ADDRESS__
constexpr bool memory_is_told = false;
#else
constexpr bool memory_is_told = true;
#endif
constexpr double most_growth = 1.10;
// The connections that happen to be idle, and their threads, differ by as much.
constexpr std::size_t unsteady = 4 << 20;
constexpr auto longest_round = 60s;
constexpr auto until_idle = 30s;

struct soak_options {
  double minutes = 1;
  std::uint64_t seed = 0;
  std::uint32_t clients = 24;
};

// Many clients for a while; afterwards nothing may be held.
void run_round(const fleet& served, std::chrono::duration<double> time, std::uint64_t round,
               std::vector<random_client>& clients, findings& seen) {
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;
  for (auto& client : clients) threads.emplace_back([&] { client.run(stopping); });
  std::this_thread::sleep_for(time);
  stopping = true;
  for (auto& thread : threads) thread.join();
  const auto patience = steady_clock::now() + until_idle;
  while (served.held() != 0 && steady_clock::now() < patience) std::this_thread::sleep_for(10ms);
  if (const auto held = served.held(); held != 0)
    seen.violation("round " + std::to_string(round) + ": " + std::to_string(held) +
                   " leases are held though no client is left");
}

void print(const findings& seen) {
  std::cout << "requests " << seen.requests << ": answered " << seen.answered << ", failed "
            << seen.failed << " (never sent " << seen.never_sent << "), timed out "
            << seen.timed_out << ", refused " << seen.refused << ", broken off " << seen.broken_off
            << "; own pages " << seen.own_pages << ", abandoned " << seen.abandoned << std::endl;
}

void check_sums(findings& seen) {
  if (seen.violations() == 0 && seen.requests != seen.answered + seen.failed + seen.timed_out +
                                                     seen.refused + seen.broken_off)
    seen.violation("the outcomes do not add up to the requests");
  if (seen.refused > seen.refusals) seen.violation("more refusals arrived than were given");
  if (seen.never_sent > seen.resets_at_accept)
    seen.violation("requests failed that no upstream has seen and none has reset: " +
                   std::to_string(seen.never_sent) + " of " +
                   std::to_string(seen.resets_at_accept));
  if (seen.answered == 0 || seen.failed == 0 || seen.broken_off == 0)
    seen.violation("too little happened for this to prove anything");
}

void soak(const soak_options& chosen, fates& known, findings& seen) {
  const fleet served(chosen.seed, known, seen);
  std::vector<random_client> clients;
  for (std::uint32_t i = 0; i < chosen.clients; ++i)
    clients.emplace_back(i, chosen.seed + 1000 + i, served.port(), served.roles(), known, seen);
  const std::chrono::duration<double> all{chosen.minutes * 60};
  const auto rounds = std::max<std::uint64_t>(4, static_cast<std::uint64_t>(all / longest_round));
  std::size_t warm = 0;
  for (std::uint64_t round = 0; round < rounds && seen.violations() == 0; ++round) {
    run_round(served, all / static_cast<double>(rounds), round, clients, seen);
    const auto held = process_figures::now();
    std::cout << "round " << round + 1 << " of " << rounds << ": resident " << (held.resident >> 10)
              << " KiB, descriptors " << held.descriptors << "; ";
    print(seen);
    // Rounds differ by a little; growth goes on.
    if (round < rounds / 2) warm = std::max(warm, held.resident);
    if (memory_is_told && round + 1 == rounds && held.resident > warm + unsteady &&
        static_cast<double>(held.resident) > most_growth * static_cast<double>(warm))
      seen.violation("memory grew from " + std::to_string(warm) + " to " +
                     std::to_string(held.resident) + " bytes");
  }
  check_sums(seen);
}

}  // namespace

int main(int argc, char** argv) {
  soak_options chosen;
  chosen.seed = std::random_device{}();
  CLI::App app{"Soaks the front door among clients and upstreams that fail at random"};
  app.add_option("--minutes", chosen.minutes, "how long")
      ->check(CLI::Range(0.05, 24.0 * 60))
      ->capture_default_str();
  app.add_option("--seed", chosen.seed, "of everything random (default: another each time)");
  app.add_option("--clients", chosen.clients, "at once")
      ->check(CLI::Range(std::size_t{1}, fates::most_clients))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::cout << "soak --minutes " << chosen.minutes << " --clients " << chosen.clients << " --seed "
            << chosen.seed << std::endl;
  // Each arena keeps some of what its threads freed: few of them, so that growth is seen.
  ::mallopt(M_ARENA_MAX, 2);
  const auto before = process_figures::now();
  fates known;
  findings seen;
  soak(chosen, known, seen);
  const auto after = process_figures::now();
  if (after.descriptors != before.descriptors)
    seen.violation("descriptors: " + std::to_string(before.descriptors) + " before, " +
                   std::to_string(after.descriptors) + " after");
  for (const auto& what : seen.first_violations()) std::cout << "VIOLATION: " << what << '\n';
  std::cout << seen.violations() << " violations" << std::endl;
  return seen.violations() == 0 ? 0 : 1;
}
