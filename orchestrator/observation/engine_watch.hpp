#pragma once

#include "orchestrator/metrics/samples.hpp"
#include "orchestrator/observation/background_task.hpp"
#include "orchestrator/observation/instance.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::observation {

/// How often an engine is asked, and for how long its answer is awaited.
struct question_times {
  /// As often as Prometheus commonly scrapes, or three times: a scrape seldom sees the same sample
  /// twice.
  std::chrono::milliseconds period{5000};
  /// 0.7.0 answers between two batches of inference, which may take seconds on a CPU. Less than a
  /// period, so that one question is open at a time.
  std::chrono::milliseconds patience{4000};
};

/// Where in the period an instance is asked first: spread over it, so that engines which became
/// ready together are not asked together.
[[nodiscard]] std::chrono::milliseconds phase_of(instance id,
                                                 std::chrono::milliseconds period) noexcept;

/// Asks every engine that is ready for its `/metrics`, each on its own: one that does not answer
/// keeps no other waiting. Lives and tells on the control thread.
class engine_watch {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// `at`: when the answer had come.
  using sample_listener =
      std::function<void(instance, const metrics::engine_sample&, time_point at)>;
  /// `reason`: a clause about the engine, without what it said.
  using failure_listener = std::function<void(instance, const std::string& reason)>;

  engine_watch(boost::asio::any_io_executor control, sample_listener on_sample,
               failure_listener on_failure, question_times times = {});

  /// From now on; an engine that is ready. Replaces the instance's former one.
  void watch(instance id, std::uint16_t port);
  /// Nothing is told of it any more.
  void forget(instance id);
  /// Forgets all, so that the loop can end.
  void stop();

 private:
  [[nodiscard]] boost::asio::awaitable<void> follow(instance id, std::uint16_t port);

  boost::asio::any_io_executor control_;
  sample_listener on_sample_;
  failure_listener on_failure_;
  question_times times_;
  std::map<instance, background_task> followed_;
};

}  // namespace rolecall::observation
