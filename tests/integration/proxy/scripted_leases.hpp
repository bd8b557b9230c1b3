#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include <boost/asio/experimental/concurrent_channel.hpp>

namespace rolecall::test {

/// A lease source that answers when the test says so, and listens to gates.
class scripted_leases final : public proxy::lease_source, public proxy::gate_listener {
 public:
  using answer = boost::system::result<proxy::lease, proxy::refusal>;

  // On a data thread.
  [[nodiscard]] boost::asio::awaitable<answer> acquire(proxy::lease_wish wish) override;
  void instance_idle(residency::instance_id instance) override;
  void slot_freed(residency::instance_id instance) override;

  // In the test.
  /// Waits until so many requests wait.
  void wait_for_waiters(std::size_t count);
  /// What the request that came last asked for.
  [[nodiscard]] proxy::lease_wish last_wish();
  /// Answers the request that has waited longest.
  void grant(proxy::upstream& target);
  /// The same, but the gate is closed again at once: who comes next has to ask.
  void grant_and_close(proxy::upstream& target);
  void refuse(proxy::refusal why);
  /// Waits until so many requests have been withdrawn since the beginning.
  void wait_for_withdrawals(std::size_t count);
  /// Waits until no lease of the gate is held.
  void wait_until_idle(proxy::upstream& target);

 private:
  using channel = boost::asio::experimental::concurrent_channel<void(boost::system::error_code,
                                                                     std::shared_ptr<answer>)>;
  [[nodiscard]] static proxy::lease enter(proxy::upstream& target);
  void answer_oldest(answer given);
  template <typename Condition>
  void wait_until(Condition condition, const char* what);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<channel>> waiters_;
  proxy::lease_wish last_wish_;
  std::size_t withdrawn_ = 0;
  std::size_t idle_notices_ = 0;
};

}  // namespace rolecall::test
