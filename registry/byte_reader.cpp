#include "registry/byte_reader.hpp"

#include <algorithm>
#include <cstring>
#include <istream>

namespace rolecall::registry {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
static_assert(byte_reader::longest_view <= buffer_size);
static_assert(std::endian::native == std::endian::little, "GGUF is read as little-endian memory");

}  // namespace

byte_reader::byte_reader(std::istream& stream, byte_count size)
    : stream_(stream),
      size_(size),
      buffer_(static_cast<std::size_t>(std::min<byte_count>(size, buffer_size))) {}

void byte_reader::fail_at(std::uint64_t offset, const std::string& reason) {
  throw malformed_header("malformed GGUF at byte " + std::to_string(offset) + ": " + reason);
}

void byte_reader::need(std::uint64_t bytes, const char* what) const {
  if (bytes <= left()) return;
  fail(std::string(what) + " needs " + std::to_string(bytes) + " bytes and the file has " +
       std::to_string(left()) + " left; it is truncated or damaged");
}

std::string_view byte_reader::view(std::uint64_t length, const char* what) {
  if (filled_ - at_ < length) refill(length, what);
  const std::string_view bytes(buffer_.data() + at_, static_cast<std::size_t>(length));
  at_ += bytes.size();
  return bytes;
}

void byte_reader::skip(std::uint64_t bytes, const char* what) {
  const std::size_t buffered = filled_ - at_;
  if (bytes <= buffered) {
    at_ += static_cast<std::size_t>(bytes);
    return;
  }
  need(bytes, what);
  const std::uint64_t target = offset() + bytes;
  stream_.seekg(static_cast<std::streamoff>(bytes - buffered), std::ios::cur);
  if (!stream_) fail("reading failed");
  base_ = target;
  at_ = filled_ = 0;
}

void byte_reader::refill(std::uint64_t bytes, const char* what) {
  need(bytes, what);
  const std::size_t rest = filled_ - at_;
  std::memmove(buffer_.data(), buffer_.data() + at_, rest);
  base_ += at_;
  at_ = 0;
  filled_ = rest;
  const std::uint64_t unread = size_ - base_ - rest;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(unread, buffer_.size() - rest));
  stream_.read(buffer_.data() + rest, static_cast<std::streamsize>(wanted));
  filled_ += static_cast<std::size_t>(stream_.gcount());
  if (filled_ < bytes) fail("reading failed");
}

}  // namespace rolecall::registry
