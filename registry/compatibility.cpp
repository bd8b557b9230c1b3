#include "registry/compatibility.hpp"

#include <algorithm>
#include <array>

namespace rolecall::registry {

bool matches(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

verdict judge(const std::vector<compatibility_rule>& rules, std::string_view target,
              std::string_view draft) noexcept {
  verdict result;
  for (const compatibility_rule& rule : rules) {
    const bool fits_draft = draft.empty() ? rule.draft == "*" : matches(rule.draft, draft);
    if (!fits_draft || !matches(rule.target, target)) continue;
    const compatibility_rule*& slot = rule.allowed ? result.allowed : result.forbidden;
    if (slot == nullptr) slot = &rule;
  }
  return result;
}

bool is_speculation_flag(std::string_view argument) noexcept {
  constexpr std::array short_flags{"-md",  "-hfd",  "-hfrd", "-cd",  "-devd",  "-ngld",
                                   "-td",  "-tbd",  "-lcs",  "-lcd", "-Cd",    "-Crd",
                                   "-Cbd", "-ctkd", "-ctvd", "-otd", "-cmoed", "-ncmoed"};
  const std::string_view name = argument.substr(0, argument.find('='));
  if (name.substr(0, 2) != "--") {
    return std::find(short_flags.begin(), short_flags.end(), name) != short_flags.end();
  }
  // --spec-type, --fim-qwen-7b-spec, --draft-max, --threads-draft, --lookup-cache-static;
  // llama-server takes '_' for '-'.
  const auto contains = [&](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  };
  const auto ends_with = [&](std::string_view part) {
    return name.size() >= part.size() && name.substr(name.size() - part.size()) == part;
  };
  return name == "--spec" || name.substr(0, 7) == "--spec-" || name.substr(0, 7) == "--spec_" ||
         ends_with("-spec") || ends_with("_spec") || contains("draft") ||
         name.substr(0, 8) == "--lookup";
}

}  // namespace rolecall::registry
