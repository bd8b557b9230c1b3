#pragma once

#include "tests/integration/proxy/peer.hpp"
#include "tests/soak/exchange.hpp"
#include "tests/soak/findings.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rolecall::test {

/// A client of the front door that does whatever clients do, and checks each answer it waits for.
/// Used by one thread.
class random_client {
 public:
  /// `roles`: to ask for. The rest outlives it.
  random_client(std::uint32_t id, std::uint64_t seed, std::uint16_t port,
                const std::vector<std::string>& roles, const fates& known, findings& seen);

  /// Connection after connection, until told to stop.
  void run(const std::atomic<bool>& stopping);

 private:
  struct sent_request {
    nonce which;
    std::size_t size = 0;  ///< of the answer's body
    bool is_head = false;
    std::string text;
  };
  struct received_answer {
    std::string head;  ///< empty: the connection ended before it
    std::string body;
    bool complete = false;
    bool too_late = false;  ///< nothing came for longer than anything may take

    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] bool keeps_connection() const;
  };

  void talk();
  [[nodiscard]] bool ask_in_turn(peer& connection, bool slowly);
  void ask_at_once(peer& connection);
  void abandon(peer& connection);
  void send_half(peer& connection);
  void send_nonsense(peer& connection);
  [[nodiscard]] bool ask_own_page(peer& connection);
  [[nodiscard]] sent_request next_request(std::size_t largest);
  [[nodiscard]] static received_answer receive(peer& connection, bool is_head, bool slowly);

  // True: the connection can carry another request.
  [[nodiscard]] bool judge(const sent_request& asked, const received_answer& answer);
  void judge_relayed(const sent_request& asked, const received_answer& answer);
  void judge_own(const sent_request& asked, const received_answer& answer);
  void violation(const sent_request& asked, const std::string& what, const received_answer& answer);

  [[nodiscard]] std::size_t below(std::size_t end);

  std::uint32_t id_;
  std::uint32_t next_ = 0;
  std::mt19937_64 random_;
  std::uint16_t port_;
  const std::vector<std::string>& roles_;
  const fates& fates_;
  findings& findings_;
};

}  // namespace rolecall::test
