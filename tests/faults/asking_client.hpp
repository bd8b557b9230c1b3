#pragma once

#include "tests/faults/fault_record.hpp"
#include "tests/faults/fleet_under_fire.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace rolecall::test {

/// Asks one role after another, each request with a nonce that its answer must carry, and judges
/// what comes: whole, failed with what was hit meanwhile, or lost.
class asking_client {
 public:
  asking_client(const fleet_under_fire& fleet, fault_record& record, std::uint64_t seed)
      : fleet_(fleet), record_(record), draws_(seed), name_(seed) {}

  void run(const std::atomic<bool>& is_over);

 private:
  void ask(std::uint16_t door);

  const fleet_under_fire& fleet_;
  fault_record& record_;
  std::mt19937_64 draws_;
  std::uint64_t name_;
  std::uint64_t asked_ = 0;
};

}  // namespace rolecall::test
