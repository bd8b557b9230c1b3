#include "tests/soak/exchange.hpp"

#include <charconv>
#include <stdexcept>

namespace rolecall::test {

std::string nonce::text() const {
  return std::to_string(client) + "-" + std::to_string(request) + ";";
}

nonce nonce::from(std::string_view text) {
  nonce which;
  const auto* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, which.client);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-')
    throw std::invalid_argument("no nonce: '" + std::string{text} + "'");
  const auto second = std::from_chars(first.ptr + 1, end, which.request);
  if (second.ec != std::errc{} || which.client >= fates::most_clients)
    throw std::invalid_argument("no nonce: '" + std::string{text} + "'");
  return which;
}

std::string answer_body(nonce which, std::size_t size) {
  std::string body = which.text();
  auto state = (std::uint64_t{which.client} << 32 | which.request) + 1;
  while (body.size() < size) {
    // xorshift64 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    for (unsigned shift = 0; shift < 64; shift += 4)
      body.push_back(static_cast<char>('a' + ((state >> shift) & 15U)));
  }
  body.resize(size);
  return body;
}

std::uint64_t checksum(std::string_view text) noexcept {
  std::uint64_t sum = 14695981039346656037U;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return sum;
}

void fates::note(nonce which, fate what) noexcept {
  slots_[which.client][which.request % remembered].store(std::uint64_t{which.request} << 8 |
                                                         static_cast<std::uint64_t>(what));
}

fate fates::of(nonce which) const noexcept {
  const auto slot = slots_[which.client][which.request % remembered].load();
  return slot >> 8 == which.request ? static_cast<fate>(slot & 255U) : fate::unseen;
}

}  // namespace rolecall::test
