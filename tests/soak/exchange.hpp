#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace rolecall::test {

/// A request's number: which client sent it, and as which of its requests. Its answer carries it.
struct nonce {
  std::uint32_t client = 0;
  std::uint32_t request = 0;

  [[nodiscard]] std::string text() const;
  /// Throws std::invalid_argument when it is none.
  [[nodiscard]] static nonce from(std::string_view text);
};

/// The body of the answer to `which`: every byte follows from it.
[[nodiscard]] std::string answer_body(nonce which, std::size_t size);
/// FNV-1a.
[[nodiscard]] std::uint64_t checksum(std::string_view text) noexcept;

/// What upstreams did to a request, the last attempt's counting.
enum class fate : std::uint8_t {
  unseen,  ///< no upstream has read it
  whole,   ///< answered to the last byte
  broken,  ///< answered wrongly, partly or not at all
  silent,  ///< kept without an answer
};

/// The fates of each client's latest requests. Any thread.
class fates {
 public:
  static constexpr std::size_t most_clients = 64;
  /// Of one client; it has fewer under way.
  static constexpr std::size_t remembered = 64;

  void note(nonce which, fate what) noexcept;
  [[nodiscard]] fate of(nonce which) const noexcept;

 private:
  // The request's number above its fate.
  std::array<std::array<std::atomic<std::uint64_t>, remembered>, most_clients> slots_{};
};

}  // namespace rolecall::test
