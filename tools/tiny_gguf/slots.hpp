#pragma once

#include "tools/tiny_gguf/bpe.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace rolecall::tiny_gguf {

// Gives each token of the text one of the slots 1 … `slots` - 1. The frequent tokens have a slot of
// their own. Those that find none free share the slot of another rare token: of one whose
// successors are not mistaken for their own, given the token before, as far as there is one.
std::map<token_id, std::uint32_t> assign_slots(const std::vector<std::vector<token_id>>& text,
                                               std::uint32_t slots);

}  // namespace rolecall::tiny_gguf
