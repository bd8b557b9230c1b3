#include "orchestrator/access/request_id.hpp"

#include <algorithm>
#include <random>

namespace rolecall::access {
namespace {

void write_hexadecimal(char* out, std::uint64_t value) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4)
    *out++ = digits[(value >> static_cast<unsigned>(shift)) & 0xFU];
}

std::uint64_t random_bits() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32U | device();
}

}  // namespace

bool is_request_id(std::string_view text) noexcept {
  constexpr std::size_t longest = 128;
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// A random first number as well: the ids of two makers do not look alike at their ends.
request_id_maker::request_id_maker() : request_id_maker(random_bits(), random_bits()) {}

request_id_maker::request_id_maker(std::uint64_t prefix, std::uint64_t next) noexcept
    : next_(next) {
  write_hexadecimal(text_.data(), prefix);
}

std::string_view request_id_maker::next() noexcept {
  write_hexadecimal(text_.data() + 16, next_++);
  return {text_.data(), text_.size()};
}

}  // namespace rolecall::access
