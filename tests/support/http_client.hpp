#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::test {

struct http_response {
  unsigned status = 0;                         ///< 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// One request on a fresh connection to 127.0.0.1. Fails the test by throwing after `deadline`.
[[nodiscard]] http_response request(std::uint16_t port, std::string_view method,
                                    std::string_view target, std::string_view body = {},
                                    std::chrono::seconds deadline = std::chrono::seconds{60});

/// A request whose answer is read piece by piece, or left unread, or abandoned.
class open_request {
 public:
  /// `fields`: header fields beside the usual ones.
  open_request(std::uint16_t port, std::string_view target, std::string_view body,
               const std::map<std::string, std::string>& fields = {});
  ~open_request();
  open_request(open_request&&) noexcept;

  /// Waits for status and headers.
  unsigned status();
  /// Waits for more of the body; nullopt at its end. An answer cut short throws.
  std::optional<std::string> next_piece();
  /// Everything to the end; nullopt when the answer was cut short.
  std::optional<std::string> rest();
  /// Goes away without a word.
  void abandon();

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::test
