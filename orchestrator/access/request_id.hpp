#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rolecall::access {

/// Whether a client's X-Request-Id is taken as the request's: 1 to 128 printable ASCII characters
/// without blanks, so that it can stand in a header and in a log.
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;

/// Makes ids of 32 hexadecimal digits: 64 random bits of the maker and a number. They tell requests
/// apart and keep no secret. One maker a thread.
class request_id_maker {
 public:
  request_id_maker();
  /// For tests: ids that are known beforehand.
  request_id_maker(std::uint64_t prefix, std::uint64_t next) noexcept;

  /// The view ends with the next call.
  [[nodiscard]] std::string_view next() noexcept;

 private:
  std::array<char, 32> text_{};
  std::uint64_t next_ = 0;
};

}  // namespace rolecall::access
