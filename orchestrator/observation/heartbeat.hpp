#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rolecall::observation {

/// Tells how late an event loop runs what is due: a timer on that loop, a second apart. While the
/// loop stands still there is no beat to tell anything, and last_beat() grows old: the one says how
/// busy a loop is, the other that it is stuck.
///
/// Lives on the loop it measures and must outlive that loop's run. A pending beat is work that
/// keeps a loop from ending: stop() it first.
class heartbeat {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;
  /// Called on the loop at each beat. `lag`: how much later than due it ran, never negative.
  using listener = std::function<void(duration lag)>;

  /// `period`: often enough to see a stall that a client would feel, and rare enough to cost
  /// nothing.
  heartbeat(boost::asio::any_io_executor loop, listener on_beat,
            duration period = std::chrono::seconds{1});
  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  // Once each, from any thread.
  /// The first beat is a period away.
  void start();
  /// For good. It does not wait; nothing is told after the loop has taken notice.
  void stop();

  /// The last beat, or the start of what has not beaten yet. From any thread.
  [[nodiscard]] time_point last_beat() const noexcept;

 private:
  void await(time_point due);
  void beat(time_point due);

  listener on_beat_;
  duration period_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  std::atomic<duration::rep> last_beat_;
};

}  // namespace rolecall::observation
