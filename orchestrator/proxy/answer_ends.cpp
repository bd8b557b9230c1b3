#include "orchestrator/proxy/answer_ends.hpp"

namespace rolecall::proxy {

void answer_ends::clear() noexcept {
  head_.clear();
  tail_.clear();
  is_long_ = false;
}

void answer_ends::add(std::string_view piece) {
  constexpr auto most = 2 * tail_bytes;
  if (tail_.size() + piece.size() > most) {
    keep_head(piece);
    // Only when it has doubled, so that most pieces are appended and nothing is moved.
    if (piece.size() > tail_bytes) piece.remove_prefix(piece.size() - tail_bytes);
    const auto kept = std::min(tail_.size(), tail_bytes - piece.size());
    tail_.erase(0, tail_.size() - kept);
  }
  tail_.reserve(most);
  tail_.append(piece);
}

// Before the first bytes leave the tail.
void answer_ends::keep_head(std::string_view piece) {
  if (is_long_) return;
  is_long_ = true;
  head_.assign(tail_, 0, head_bytes);
  head_.append(piece.substr(0, head_bytes - head_.size()));
}

}  // namespace rolecall::proxy
