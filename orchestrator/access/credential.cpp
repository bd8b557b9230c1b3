#include "orchestrator/access/credential.hpp"

#include <algorithm>

namespace rolecall::access {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// RFC 9110 section 11.1: schemes are compared without regard to case.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer";
  const auto text = trimmed(authorization);
  if (text.size() <= scheme.size() || blanks.find(text[scheme.size()]) == std::string_view::npos)
    return {};
  const bool is_bearer =
      std::equal(scheme.begin(), scheme.end(), text.begin(), [](char word, char given) {
        return word == (given >= 'A' && given <= 'Z' ? given + 32 : given);
      });
  return is_bearer ? trimmed(text.substr(scheme.size())) : std::string_view{};
}

}  // namespace

std::string_view credential_of(const credential_fields& fields) noexcept {
  if (const auto token = bearer_token(fields.authorization); !token.empty()) return token;
  if (const auto key = trimmed(fields.x_api_key); !key.empty()) return key;
  return trimmed(fields.api_key);
}

}  // namespace rolecall::access
