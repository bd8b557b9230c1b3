#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace rolecall::rolectl {

/// What `--sort` takes, in the order in which the key `s` goes through them.
inline constexpr std::array<std::string_view, 5> top_sort_words{"role", "state", "memory",
                                                                "requests", "tokens"};

struct top_options {
  std::chrono::milliseconds interval{1000};  ///< between two questions to the daemon; from 100 ms
  std::string sort;                          ///< one of top_sort_words; empty: the first
};

/// The fleet live on the whole terminal until the operator leaves it. Needs a terminal on stdin and
/// stdout, which it leaves as it was. A signal that ends it ends the process as that signal does.
exit_code run_top(admin_client& client, const top_options& options);

}  // namespace rolecall::rolectl
