#pragma once

#include "tests/bench/relay/answer_reader.hpp"
#include "tests/bench/relay/poller.hpp"

#include <cstdint>
#include <vector>

namespace rolecall::bench {

/// Event streams, all open at once, whose upstream ticks at its own rate.
class stream_load {
 public:
  struct counts {
    std::size_t events = 0;
    std::size_t reads = 0;
    std::size_t reads_of_several = 0;  ///< that took more than one event from the socket
    std::size_t merged_chunks = 0;     ///< with more than one event, or not with a whole one
    std::size_t lost_streams = 0;
    std::vector<clock::duration> delays;  ///< from the upstream's send to the arrival here
  };

  /// `rate`: events a second of each. They are spread evenly over a period.
  stream_load(std::uint16_t port, std::size_t streams, double rate)
      : port_(port), rate_(rate), streams_(streams) {}

  /// Opens them all and waits for their heads. Throws std::runtime_error if one is refused, or
  /// after 30 s.
  void open();
  void run(clock::duration duration);

  void reset_counts() { counts_ = {}; }
  [[nodiscard]] const counts& counted() const noexcept { return counts_; }

 private:
  struct stream {
    launcher::descriptor socket;
    bool has_head = false;
    std::string head;
    chunk_reader chunks;
  };

  void start(std::size_t index);
  void receive(stream& one);
  void take_chunks(stream& one, std::chrono::nanoseconds arrived);

  std::uint16_t port_;
  double rate_;
  std::vector<stream> streams_;
  std::size_t heads_ = 0;
  poller poller_;
  std::vector<char> buffer_ = std::vector<char>(64U << 10);
  counts counts_;
};

}  // namespace rolecall::bench
