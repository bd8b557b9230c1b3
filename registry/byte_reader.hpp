#pragma once

#include "registry/registry.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// Bytes that are no header; what() goes behind "cannot read <file>: ".
class malformed_header : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a header forward, through a buffer of its own: headers consist of hundreds of thousands of
/// short texts. Knows how much is left, and refuses what asks for more. Throws malformed_header.
class byte_reader {
 public:
  /// `size` bytes exist in `stream`, which outlives the reader.
  byte_reader(std::istream& stream, byte_count size);

  [[nodiscard]] std::uint64_t offset() const noexcept { return base_ + at_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return size_ - offset(); }

  [[noreturn]] void fail(const std::string& reason) const { fail_at(offset(), reason); }
  [[noreturn]] static void fail_at(std::uint64_t offset, const std::string& reason);

  /// Refuses when fewer than `bytes` are left. `what` names the thing that needs them.
  void need(std::uint64_t bytes, const char* what) const;

  template <class Number>
  Number number(const char* what) {
    if (filled_ - at_ < sizeof(Number)) refill(sizeof(Number), what);
    std::array<char, sizeof(Number)> bytes;
    for (std::size_t i = 0; i < sizeof(Number); ++i) bytes[i] = buffer_[at_ + i];
    at_ += sizeof(Number);
    return std::bit_cast<Number>(bytes);
  }

  /// The next `length` bytes, at most `longest_view`; good until the next call.
  [[nodiscard]] std::string_view view(std::uint64_t length, const char* what);
  static constexpr std::uint64_t longest_view = 64 * 1024;

  /// Passes over bytes without reading those that are not in the buffer yet.
  void skip(std::uint64_t bytes, const char* what);

 private:
  /// Leaves at least `bytes` in the buffer.
  void refill(std::uint64_t bytes, const char* what);

  std::istream& stream_;
  byte_count size_;
  std::vector<char> buffer_;
  std::uint64_t base_ = 0;  ///< where in the file the buffer starts
  std::size_t at_ = 0;      ///< what has been read of the buffer
  std::size_t filled_ = 0;
};

}  // namespace rolecall::registry
