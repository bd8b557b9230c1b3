// The fleet under fire: real llama-servers, clients that ask all the while, and whatever may happen
// to processes, files and limits. Nothing may be lost that was not on what was hit, no process be
// left behind, none be taken for another.
#include "tests/faults/asking_client.hpp"
#include "tests/faults/fault_record.hpp"
#include "tests/faults/fleet_under_fire.hpp"
#include "tests/faults/injections.hpp"

#include <atomic>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <sched.h>
#include <sys/mount.h>

using namespace rolecall::test;

namespace {

struct fault_options {
  int rounds = 1;
  int kills = 10;
  std::string only = {};
  std::uint64_t seed = 0;
  std::uint32_t clients = 16;
};

void inject(fleet_under_fire& fleet, fault_record& record, const fault_options& chosen) {
  injections doing(fleet, record, chosen.seed);
  for (int i = 0; i < chosen.rounds; ++i) {
    std::cout << "round " << i + 1 << " of " << chosen.rounds << std::endl;
    doing.one_of_each(chosen.only);
  }
  for (int i = 0; i < chosen.kills; ++i) doing.kill_daemon();
}

}  // namespace

int main(int argc, char** argv) {
  fault_options chosen{.seed = std::random_device{}()};
  CLI::App app("Injects faults into a fleet of real llama-servers under load.");
  app.add_option("--rounds", chosen.rounds, "How often every kind is injected")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--only", chosen.only,
                 "Of every kind those whose names contain this: SIGKILL, port, disks ...");
  app.add_option("--kills", chosen.kills,
                 "Further kill -9 of rolecalld, at moments drawn by chance")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seed", chosen.seed, "Of all that is drawn");
  app.add_option("--clients", chosen.clients)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  std::cout << "faults --rounds " << chosen.rounds << " --kills " << chosen.kills << " --clients "
            << chosen.clients << " --seed " << chosen.seed << std::endl;

  // What is mounted is ours alone, and goes with us.
  if (::unshare(CLONE_NEWNS) == 0) ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr);

  fault_record record;
  fleet_under_fire fleet;
  std::atomic<bool> is_over = false;
  {
    std::vector<asking_client> clients;
    for (std::uint32_t i = 0; i < chosen.clients; ++i) clients.emplace_back(fleet, record, i + 1);
    std::vector<std::jthread> threads;
    for (auto& client : clients) threads.emplace_back([&] { client.run(is_over); });
    try {
      inject(fleet, record, chosen);
    } catch (const std::exception& failure) {
      record.not_back(failure.what());
    }
    is_over = true;
  }
  fleet.end(record);
  std::cout << record.table();
  return record.is_clean() ? 0 : 1;
}
