#include "orchestrator/admin/origin_rule.hpp"

#include <boost/asio/ip/address.hpp>

namespace rolecall::admin {
namespace {

bool is_address(std::string_view text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

/// "127.0.0.1:8071", "[::1]:8071", "localhost"; empty for a client that sends none.
bool is_local_name(std::string_view host) {
  if (host.empty()) return true;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end != std::string_view::npos && is_address(host.substr(1, end - 1));
  }
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || is_address(name) || is_address(host);
}

}  // namespace

std::optional<reply> refusal_of(std::string_view method, const origin_headers& headers,
                                bool loopback) {
  if (headers.host_count > 1)
    return error_reply(400, "bad_request", "the request has more than one Host header");
  if (method == "POST" && headers.has_origin)
    return error_reply(403, "browser_refused",
                       "commands are not taken from web pages: the request has an Origin header");
  if (loopback && !is_local_name(headers.host))
    return error_reply(403, "host_refused",
                       "this address answers to localhost and to its number, not to the Host '" +
                           std::string{headers.host} + "'");
  return std::nullopt;
}

}  // namespace rolecall::admin
