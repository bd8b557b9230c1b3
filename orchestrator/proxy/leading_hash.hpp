#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rolecall::proxy {

/// 64 bits of a text that comes in pieces, wherever it is cut. Eight bytes a step by the mixing of
/// MurmurHash3 (x64), whose author put it in the public domain. The same in every process on one
/// kind of machine; no defence against somebody who wants two texts to meet.
class leading_hash {
 public:
  explicit leading_hash(std::uint64_t seed = 0) noexcept : state_(seed) {}

  void update(std::string_view text) noexcept {
    size_ += text.size();
    if (held_ != 0) {
      const auto taken = std::min(text.size(), word_size - held_);
      hold(text.substr(0, taken));
      text.remove_prefix(taken);
      if (held_ < word_size) return;
      mix(word_);
      held_ = 0;
      word_ = 0;
    }
    while (text.size() >= word_size) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), word_size);
      mix(word);
      text.remove_prefix(word_size);
    }
    hold(text);
  }

  [[nodiscard]] std::uint64_t value() const noexcept {
    auto last = *this;
    last.mix(word_);
    auto mixed = last.state_ ^ size_;
    mixed = (mixed ^ (mixed >> 33)) * 0xFF51AFD7ED558CCD;
    mixed = (mixed ^ (mixed >> 33)) * 0xC4CEB9FE1A85EC53;
    return mixed ^ (mixed >> 33);
  }

 private:
  static constexpr std::size_t word_size = sizeof(std::uint64_t);

  void hold(std::string_view text) noexcept {
    if (text.empty()) return;
    std::memcpy(reinterpret_cast<char*>(&word_) + held_, text.data(), text.size());
    held_ += text.size();
  }
  void mix(std::uint64_t word) noexcept {
    state_ ^= std::rotl(word * 0x87C37B91114253D5, 31) * 0x4CF5AD432745937F;
    state_ = std::rotl(state_, 27) * 5 + 0x52DCE729;
  }

  std::uint64_t state_;
  std::uint64_t size_ = 0;
  std::uint64_t word_ = 0;  // what does not fill eight bytes yet
  std::size_t held_ = 0;
};

}  // namespace rolecall::proxy
