#pragma once

#include "registry/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// True when `name` fits a pattern in which each `*` stands for any letters, none included.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name) noexcept;

/// What the registry's rules say about a target drafting with a model, or with n-gram lookup when
/// `draft` is empty. Only a rule whose draft is `*` speaks of lookup.
struct verdict {
  const compatibility_rule* forbidden = nullptr;
  const compatibility_rule* allowed = nullptr;
};
[[nodiscard]] verdict judge(const std::vector<compatibility_rule>& rules, std::string_view target,
                            std::string_view draft) noexcept;

/// True for an argument of llama-server that asks for speculative decoding, whatever the version:
/// "--spec-type",
/// "-md", "--draft-max=16", "--lookup-cache-static" …
[[nodiscard]] bool is_speculation_flag(std::string_view argument) noexcept;

}  // namespace rolecall::registry
