#include "tools/rolectl/keyboard.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace rolecall::rolectl {
namespace {

constexpr char escape = '\033';

/// What follows "ESC [", or "ESC O" in the terminal's application mode.
constexpr std::array<std::pair<std::string_view, key::name>, 10> sequences{{
    {"A", key::name::up},
    {"B", key::name::down},
    {"H", key::name::home},
    {"F", key::name::end},
    {"1~", key::name::home},
    {"7~", key::name::home},
    {"4~", key::name::end},
    {"8~", key::name::end},
    {"5~", key::name::page_up},
    {"6~", key::name::page_down},
}};

bool is_final(char c) { return c >= '@' && c <= '~'; }

/// Bytes of the sequence at the beginning of `bytes`, which starts with an escape; 0: it is not
/// complete.
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] != '[' && bytes[1] != 'O') return 1;  // the escape key, and then another
  const auto end = std::find_if(bytes.begin() + 2, bytes.end(), is_final);
  return end == bytes.end() ? 0 : static_cast<std::size_t>(end - bytes.begin()) + 1;
}

std::optional<key> meaning(std::string_view sequence) {
  if (sequence.size() == 1) return key{key::name::escape};
  const auto found =
      std::ranges::find(sequences, sequence.substr(2), &decltype(sequences)::value_type::first);
  if (found == sequences.end()) return std::nullopt;
  return key{found->second};
}

}  // namespace

std::vector<key> key_reader::feed(std::string_view bytes) {
  constexpr unsigned char first_beyond_ascii = 0x80;
  pending_ += bytes;
  std::vector<key> keys;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    std::size_t taken = 1;
    if (rest.front() == escape) {
      taken = sequence_length(rest);
      if (taken == 0) break;
      if (const auto known = meaning(rest.substr(0, taken))) keys.push_back(*known);
    } else if (rest.front() == '\r' || rest.front() == '\n') {
      keys.push_back({key::name::enter});
    } else if (static_cast<unsigned char>(rest.front()) < first_beyond_ascii) {
      keys.push_back({key::name::character, rest.front()});
    }
    rest.remove_prefix(taken);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return keys;
}

std::vector<key> key_reader::flush() {
  // A sequence that was broken off is none.
  const bool alone = pending_.size() == 1;
  pending_.clear();
  return alone ? std::vector<key>{{key::name::escape}} : std::vector<key>{};
}

}  // namespace rolecall::rolectl
