#include "tools/tiny_gguf/slots.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

namespace rolecall::tiny_gguf {

namespace {

class neighbourhood {
 public:
  explicit neighbourhood(const std::vector<std::vector<token_id>>& text) {
    for (const auto& paragraph : text) {
      for (std::size_t i = 0; i < paragraph.size(); ++i) ++counts_[paragraph[i]];
      for (std::size_t i = 0; i + 2 < paragraph.size(); ++i) {
        around_[paragraph[i + 1]].emplace(paragraph[i], paragraph[i + 2]);
        skips_.emplace(paragraph[i], paragraph[i + 2]);
      }
    }
  }

  std::vector<token_id> most_frequent_first() const {
    std::vector<token_id> result;
    for (const auto& [token, count] : counts_) result.push_back(token);
    std::stable_sort(result.begin(), result.end(),
                     [this](token_id a, token_id b) { return counts_.at(a) > counts_.at(b); });
    return result;
  }

  // How often one of the two would be taken for the other if they shared a slot.
  std::size_t mistakes(token_id a, token_id b) const { return taken_for(a, b) + taken_for(b, a); }

 private:
  using neighbours = std::set<std::pair<token_id, token_id>>;  // before and after

  const neighbours& around(token_id token) const {
    static const neighbours none;
    const auto found = around_.find(token);
    return found == around_.end() ? none : found->second;
  }

  std::size_t taken_for(token_id token, token_id other) const {
    std::size_t result = 0;
    for (const auto& [before, after] : around(token)) {
      for (const auto& [ignored, others_after] : around(other)) {
        if (others_after != after && skips_.contains({before, others_after})) ++result;
      }
    }
    return result;
  }

  std::map<token_id, std::uint64_t> counts_;
  std::map<token_id, neighbours> around_;
  neighbours skips_;
};

}  // namespace

std::map<token_id, std::uint32_t> assign_slots(const std::vector<std::vector<token_id>>& text,
                                               std::uint32_t slots) {
  const neighbourhood near(text);
  const auto ranked = near.most_frequent_first();
  const auto owners = std::min<std::size_t>(ranked.size(), slots - 1);
  std::map<token_id, std::uint32_t> result;
  for (std::size_t rank = 0; rank < owners; ++rank) {
    result[ranked[rank]] = static_cast<std::uint32_t>(rank + 1);
  }
  // The hosts are taken from the rarest owners back, one guest each before any takes a second.
  std::vector<std::size_t> guests(owners);
  for (std::size_t rank = owners; rank < ranked.size(); ++rank) {
    std::size_t host = 0;
    auto cost = std::tuple(std::numeric_limits<std::size_t>::max(), std::size_t{0});
    for (std::size_t candidate = owners; candidate-- > owners / 2;) {
      const auto mistakes = near.mistakes(ranked[candidate], ranked[rank]);
      if (const auto price = std::tuple(guests[candidate], mistakes); price < cost) {
        cost = price;
        host = candidate;
      }
    }
    ++guests[host];
    result[ranked[rank]] = static_cast<std::uint32_t>(host + 1);
  }
  return result;
}

}  // namespace rolecall::tiny_gguf
