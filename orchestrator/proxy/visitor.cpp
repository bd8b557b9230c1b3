#include "orchestrator/proxy/visitor.hpp"

#include "orchestrator/access/credential.hpp"
#include "orchestrator/proxy/role_selection.hpp"

namespace rolecall::proxy {
namespace {

using boost::beast::http::field;
using boost::beast::http::verb;

bool takes_a_turn(verb method) {
  return method != verb::get && method != verb::head && method != verb::options;
}

std::string_view credential_in(const header_fields& fields) {
  return access::credential_of({.authorization = fields.value(field::authorization),
                                .x_api_key = fields.value_of_unknown("X-Api-Key"),
                                .api_key = fields.value_of_unknown("Api-Key")});
}

}  // namespace

std::optional<error_response> visitor::greet(const request& asked,
                                             const std::shared_ptr<const access::key_ring>& keys) {
  access_.key = nullptr;
  access_.is_stranger = false;
  if (!keys) return std::nullopt;
  const auto secret = credential_in(asked.fields);
  if (!secret.empty()) look_up(secret, *keys);
  if (secret.empty() || !key_) {
    access_.is_stranger = true;
    if (is_open_page(asked.method, asked.target)) return std::nullopt;
    return error_response{
        .status = 401,
        .code = error_code_words::invalid_api_key,
        .message = secret.empty()
                       ? "cannot serve the request: it shows no API key; send Authorization: "
                         "Bearer and the key"
                       : "cannot serve the request: its API key is not known here"};
  }
  access_.key = key_.get();
  if (!takes_a_turn(asked.method)) return std::nullopt;
  turn_ = access::turn::take(*key_);
  if (turn_) return std::nullopt;
  const int most = key_->settings().in_flight;
  return error_response{.status = 429,
                        .code = error_code_words::key_limit,
                        .message = "cannot serve the request: key '" + key_->name() + "' has " +
                                   std::to_string(most) + (most == 1 ? " request" : " requests") +
                                   " in flight, as many as it may have; wait for one to end",
                        .retry_after = std::chrono::seconds{1}};
}

void visitor::leave() noexcept {
  turn_.give_back();
  access_.key = nullptr;
  access_.is_stranger = false;
}

void visitor::look_up(std::string_view secret, const access::key_ring& keys) {
  if (generation_ == keys.generation() && access::equal_secrets(secret, secret_)) return;
  key_ = keys.find(secret);
  generation_ = keys.generation();
  secret_ = secret;
}

}  // namespace rolecall::proxy
