#pragma once

#include "launcher/argument_list.hpp"
#include "registry/check.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rolecall::launcher {

/// Why a role must never speculate, neither with a draft nor by looking n-grams up; empty when it
/// may. Recurrent state cannot be rolled back past rejected tokens; drafts do not see images;
/// embeddings generate nothing.
[[nodiscard]] std::optional<std::string> speculation_barrier(const registry::role& role,
                                                             const registry::model& model,
                                                             const registry::model_facts& facts);

/// True for every flag of any known build that switches speculation on or tunes it, in any
/// spelling.
[[nodiscard]] bool is_speculation_flag(std::string_view flag);

/// Draft model, number of drafted tokens and n-gram lookup of a role that speculates, in the
/// binary's terms. Refuses what the barrier forbids, and drafts that are barred themselves.
void add_speculation(argument_list& arguments, const registry::deployment& deployment,
                     const registry::role& role, const std::optional<std::string>& barrier);

}  // namespace rolecall::launcher
