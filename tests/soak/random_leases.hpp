#pragma once

#include "orchestrator/proxy/lease_source.hpp"
#include "tests/soak/findings.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <boost/asio/experimental/concurrent_channel.hpp>

namespace rolecall::test {

/// A control plane without a plan: a thread of its own closes and opens gates at random, announces
/// queues, and grants or refuses whoever waits.
class random_leases final : public proxy::lease_source, public proxy::gate_listener {
 public:
  /// `gates` outlive it.
  random_leases(std::vector<proxy::upstream*> gates, std::uint64_t seed, findings& seen);
  /// Nobody waits any more.
  ~random_leases() override;
  random_leases(const random_leases&) = delete;
  random_leases& operator=(const random_leases&) = delete;

  /// From now on gates are moved.
  void start();

  using answer = boost::system::result<proxy::lease, proxy::refusal>;
  // On a data thread.
  [[nodiscard]] boost::asio::awaitable<answer> acquire(proxy::lease_wish wish) override;
  void instance_idle(residency::instance_id) override {}
  void slot_freed(residency::instance_id) override {}

  [[nodiscard]] std::size_t waiting() const;

 private:
  using channel = boost::asio::experimental::concurrent_channel<void(boost::system::error_code,
                                                                     std::shared_ptr<answer>)>;
  struct waiter {
    std::shared_ptr<channel> to;
    proxy::lease_wish wish;
  };

  void control();
  void move_a_gate();
  void answer_waiters();
  [[nodiscard]] std::shared_ptr<answer> decide(const proxy::lease_wish& wish);

  std::vector<proxy::upstream*> gates_;
  std::mt19937_64 random_;  // on the control thread
  findings& findings_;
  mutable std::mutex mutex_;
  std::deque<waiter> waiters_;
  std::atomic<bool> stopping_ = false;
  std::thread control_;
};

}  // namespace rolecall::test
