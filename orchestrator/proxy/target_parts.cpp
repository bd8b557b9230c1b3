#include "orchestrator/proxy/target_parts.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {
namespace {

std::string_view origin_form(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;  // nearly always
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view{"/"} : target.substr(end);
  }
  return target;
}

}  // namespace

target_parts split_target(std::string_view target) noexcept {
  const auto origin = origin_form(target);
  const auto query = std::min(origin.find('?'), origin.size());
  return {.path = origin.substr(0, query), .query = origin.substr(query)};
}

std::string_view without_role(std::string_view path) noexcept {
  if (!path.starts_with(role_prefix)) return path;
  path.remove_prefix(role_prefix.size());
  path.remove_prefix(std::min(path.find('/'), path.size()));
  return path;
}

}  // namespace rolecall::proxy
