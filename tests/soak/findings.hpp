#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace rolecall::test {

/// What a soak has seen. Any thread.
struct findings {
  std::atomic<std::uint64_t> requests = 0;    ///< whose answer was waited for
  std::atomic<std::uint64_t> answered = 0;    ///< with their own whole answer
  std::atomic<std::uint64_t> own_pages = 0;   ///< and refusals of bad requests, as expected
  std::atomic<std::uint64_t> failed = 0;      ///< 502, as its upstream failed
  std::atomic<std::uint64_t> never_sent = 0;  ///< of these, requests that no upstream has read
  std::atomic<std::uint64_t> timed_out = 0;   ///< 504, as its upstream was silent
  std::atomic<std::uint64_t> refused = 0;     ///< by the lease source
  std::atomic<std::uint64_t> broken_off = 0;  ///< seen to be incomplete
  std::atomic<std::uint64_t> abandoned = 0;   ///< by the client
  std::atomic<std::uint64_t> refusals = 0;    ///< given by the lease source
  std::atomic<std::uint64_t> resets_at_accept = 0;  ///< by upstreams

  /// Something that must not happen.
  void violation(std::string what) {
    const std::lock_guard lock(mutex_);
    ++violations_;
    if (first_.size() < most_kept) first_.push_back(std::move(what));
  }
  [[nodiscard]] std::uint64_t violations() const {
    const std::lock_guard lock(mutex_);
    return violations_;
  }
  [[nodiscard]] std::vector<std::string> first_violations() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  static constexpr std::size_t most_kept = 20;

  mutable std::mutex mutex_;
  std::uint64_t violations_ = 0;
  std::vector<std::string> first_;
};

}  // namespace rolecall::test
