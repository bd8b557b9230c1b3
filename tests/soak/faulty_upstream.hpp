#pragma once

#include "tests/integration/proxy/peer.hpp"
#include "tests/soak/exchange.hpp"
#include "tests/soak/findings.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>

namespace rolecall::test {

/// A llama-server that now and then misbehaves as processes and networks do. Its requests say in
/// their fields what answer they want:
///   X-Nonce     repeated in the answer, and the seed of its body
///   X-Size      of the body
///   X-Form      length, chunks, stream or close
///   X-Checksum  of the request's own body
/// A thread for each connection.
class faulty_upstream {
 public:
  faulty_upstream(std::uint64_t seed, fates& known, findings& seen);
  /// Waits for its connections to end: whoever holds them ends them first.
  ~faulty_upstream();
  faulty_upstream(const faulty_upstream&) = delete;
  faulty_upstream& operator=(const faulty_upstream&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_.port(); }

 private:
  using generator = std::mt19937_64;

  enum class fault {
    none,
    slow_head,
    slow_body,
    interim,        ///< a 1xx answer before the answer
    says_close,     ///< and closes
    closes_unsaid,  ///< after the answer
    leftover,       ///< bytes behind the answer
    reset_unanswered,
    close_unanswered,
    half_head,
    garbage_head,
    reset_after_head,
    close_in_body,
    reset_in_body,
    bad_chunk,
    silence,
  };

  void accept_all();
  void serve(peer connection, std::uint64_t seed);
  [[nodiscard]] bool serve_next(peer& connection, generator& random, bool is_spoiled);
  void answer(peer& connection, const wire_message& asked, nonce which, fault what,
              generator& random);
  void send_body(peer& connection, std::string_view body, const std::string& form, bool slowly,
                 generator& random);
  [[nodiscard]] static bool concerns_body(fault what);
  [[nodiscard]] static fault choose_fault(generator& random);

  fates& fates_;
  findings& findings_;
  listening_port port_;
  std::uint64_t seed_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t connections_ = 0;
  std::thread acceptor_;
};

}  // namespace rolecall::test
