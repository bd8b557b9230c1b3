#include "orchestrator/proxy/slot_use.hpp"

#include "orchestrator/proxy/percent_encoding.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {
namespace {

using boost::beast::http::verb;
using residency::lease_kind;
using residency::request_priority;

// Without the prefix /v1, which each of them may have.
constexpr std::array<std::string_view, 14> slot_paths = {
    "/chat/completions",     "/completion", "/completions", "/responses", "/messages", "/embedding",
    "/embeddings",           "/rerank",     "/reranking",   "/infill",    "/api/chat", "/api/embed",
    "/audio/transcriptions", "/systemone"};

constexpr std::string_view version_prefix = "/v1";
constexpr std::string_view priority_field = "X-Priority";

}  // namespace

lease_kind lease_kind_of(verb method, std::string_view target) {
  if (method != verb::post) return lease_kind::slotless;
  auto path = target.substr(0, target.find('?'));
  // llama-server decodes the path that it is asked for.
  std::string decoded;
  if (path.find('%') != std::string_view::npos) {
    decoded = percent_decode(path).value_or(std::string{path});
    path = decoded;
  }
  if (path.starts_with(version_prefix)) path.remove_prefix(version_prefix.size());
  return std::ranges::find(slot_paths, path) != slot_paths.end() ? lease_kind::slot
                                                                 : lease_kind::slotless;
}

request_priority priority_of(const header_fields& fields) noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = fields[i];
    if (boost::beast::iequals(field.name, priority_field) &&
        boost::beast::iequals(field.value, "background"))
      return request_priority::background;
  }
  return request_priority::interactive;
}

}  // namespace rolecall::proxy
