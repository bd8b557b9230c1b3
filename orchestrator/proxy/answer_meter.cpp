#include "orchestrator/proxy/answer_meter.hpp"

#include "orchestrator/proxy/header_rules.hpp"

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {

namespace http = boost::beast::http;

namespace {

constexpr unsigned lowest_success = 200;
constexpr unsigned lowest_redirection = 300;

bool is_json(std::string_view content_type) {
  constexpr std::string_view json = "application/json";
  return content_type.starts_with(json) ||
         boost::beast::iequals(content_type.substr(0, json.size()), json);
}

}  // namespace

void answer_meter::begin(const response_head& head, bool may_tell) {
  const bool is_success = head.status >= lowest_success && head.status < lowest_redirection;
  const bool tells_json = is_success && is_json(head.fields.value(http::field::content_type));
  is_stream_ = is_success && !tells_json && is_event_stream(head);
  tells_tokens_ = may_tell && (tells_json || is_stream_) &&
                  head.fields.count(http::field::content_encoding) == 0;
  ends_.clear();
}

void answer_meter::pass(const std::vector<boost::asio::const_buffer>& pieces) {
  for (const auto& piece : pieces) {
    const std::string_view text{static_cast<const char*>(piece.data()), piece.size()};
    // llama-server sends a comment now and then while it reads a long prompt.
    has_new_ = has_new_ || (is_stream_ && !text.starts_with(':'));
    if (tells_tokens_) ends_.add(text);
  }
}

bool answer_meter::passed(time_point now) noexcept {
  if (!has_new_) return false;
  has_new_ = false;
  const bool is_first = first_ == time_point{};
  if (is_first)
    first_ = now;
  else
    gaps_.add(now - last_);
  last_ = now;
  return is_first;
}

tracing::token_counts answer_meter::tokens() const noexcept {
  return tells_tokens_ ? tracing::count_tokens(ends_.head(), ends_.tail())
                       : tracing::token_counts{};
}

}  // namespace rolecall::proxy
