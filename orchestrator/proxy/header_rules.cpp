#include "orchestrator/proxy/header_rules.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace rolecall::proxy {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view event_stream = "text/event-stream";
constexpr std::string_view forwarded_for = "X-Forwarded-For";
constexpr std::string_view accel_buffering = "X-Accel-Buffering";
constexpr std::string_view request_id_field = "X-Request-Id";
constexpr std::array<std::string_view, 5> unregistered_fields_ending_here = {
    "X-Api-Key", "Api-Key", "X-Conversation-Id", request_id_field, forwarded_for};
constexpr std::array fields_ending_here = {http::field::host, http::field::content_length,
                                           http::field::expect, http::field::authorization};
// What is said of a body does not hold for its translation.
constexpr std::array fields_of_the_body = {http::field::content_type, http::field::content_encoding,
                                           http::field::content_md5, http::field::etag,
                                           http::field::digest};
constexpr std::array hop_by_hop_fields = {http::field::connection,
                                          http::field::keep_alive,
                                          http::field::proxy_authenticate,
                                          http::field::proxy_authorization,
                                          http::field::proxy_connection,
                                          http::field::te,
                                          http::field::trailer,
                                          http::field::transfer_encoding,
                                          http::field::upgrade};

bool equals(std::string_view a, std::string_view b) { return beast::iequals(a, b); }

// Every rule on Transfer-Encoding, for both directions.
std::optional<std::string> transfer_encoding_fault(unsigned version, const header_fields& fields) {
  const auto encodings = fields.count(http::field::transfer_encoding);
  if (encodings == 0) return std::nullopt;
  if (version < 11) return "Transfer-Encoding is not part of HTTP/1.0";
  if (encodings > 1) return "more than one Transfer-Encoding";
  if (!equals(fields.value(http::field::transfer_encoding), "chunked"))
    return "a Transfer-Encoding other than chunked";
  if (fields.count(http::field::content_length) != 0)
    return "Transfer-Encoding together with Content-Length";
  return std::nullopt;
}

std::optional<std::string> content_length_fault(const header_fields& fields) {
  std::string_view first;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = fields[i];
    if (field.id != http::field::content_length) continue;
    const bool digits = !field.value.empty() && std::ranges::all_of(field.value, [](char c) {
      return c >= '0' && c <= '9';
    });
    if (!digits) return "a Content-Length that is not a number";
    if (!first.empty() && field.value != first) return "Content-Length fields that differ";
    first = field.value;
  }
  return std::nullopt;
}

bool contains(const auto& ids, http::field id) { return std::ranges::find(ids, id) != ids.end(); }

bool ends_here(const hop_by_hop_rule& rule, const header_fields::field& field) {
  if (contains(fields_ending_here, field.id) || rule.applies_to(field)) return true;
  return field.id == http::field::unknown &&
         std::ranges::any_of(unregistered_fields_ending_here,
                             [&](std::string_view name) { return equals(field.name, name); });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::size_t punctuation = 4;
  const auto at = out.size();
  out.resize(at + name.size() + value.size() + punctuation);
  char* to = out.data() + at;
  to = std::copy(name.begin(), name.end(), to);
  *to++ = ':';
  *to++ = ' ';
  to = std::copy(value.begin(), value.end(), to);
  *to++ = '\r';
  *to = '\n';
}

// RFC 9110 section 8.6: what has a body, or by its method should have one, states its length.
bool states_length(const request& from) {
  return !from.body.empty() || from.method == http::verb::post || from.method == http::verb::put ||
         from.method == http::verb::patch;
}

void append_framing(std::string& out, body_framing framing, std::optional<std::uint64_t> length,
                    unsigned status) {
  switch (framing) {
    case body_framing::none:
      // The length that a GET would have had, and the length 304 may tell; 204 has none to tell.
      if (length && status != 204) append_field(out, "Content-Length", std::to_string(*length));
      return;
    case body_framing::length:
      append_field(out, "Content-Length", std::to_string(length.value_or(0)));
      return;
    case body_framing::chunked:
      append_field(out, "Transfer-Encoding", "chunked");
      return;
    case body_framing::until_close:
      return;
  }
}

}  // namespace

std::optional<std::string> smuggling_fault(unsigned version, const header_fields& fields) {
  if (auto fault = transfer_encoding_fault(version, fields)) return fault;
  if (auto fault = content_length_fault(fields)) return fault;
  const auto hosts = fields.count(http::field::host);
  if (hosts > 1) return "more than one Host";
  if (hosts == 0 && version >= 11) return "no Host";
  return std::nullopt;
}

std::optional<std::string> framing_fault(unsigned version, const header_fields& fields) {
  if (auto fault = transfer_encoding_fault(version, fields)) return fault;
  return content_length_fault(fields);
}

hop_by_hop_rule::hop_by_hop_rule(const header_fields& fields) : fields_(fields) {
  for (std::size_t i = 0; i < fields.size() && !names_fields_; ++i) {
    const auto field = fields[i];
    names_fields_ = field.id == http::field::connection && !equals(field.value, "keep-alive") &&
                    !equals(field.value, "close");
  }
}

bool hop_by_hop_rule::applies_to(const header_fields::field& field) const {
  if (contains(hop_by_hop_fields, field.id)) return true;
  for (std::size_t i = 0; i < fields_.size() && names_fields_; ++i) {
    const auto named = fields_[i];
    if (named.id == http::field::connection && http::token_list{named.value}.exists(field.name))
      return true;
  }
  return false;
}

expectation expectation_of(const request& from) {
  if (from.version < 11 || from.fields.count(http::field::expect) == 0) return expectation::none;
  return equals(from.fields.value(http::field::expect), "100-continue") ? expectation::continue_100
                                                                        : expectation::unknown;
}

void write_request_head(std::string& out, const request& from, std::string_view target,
                        std::uint16_t upstream_port, std::string_view client_address) {
  out.append(from.method_name).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
  out.append(std::to_string(upstream_port)).append("\r\n");
  const hop_by_hop_rule rule(from.fields);
  std::string forwarded;
  for (std::size_t i = 0; i < from.fields.size(); ++i) {
    const auto field = from.fields[i];
    if (!ends_here(rule, field))
      append_field(out, field.name, field.value);
    else if (equals(field.name, forwarded_for) && !rule.applies_to(field))
      forwarded.append(field.value).append(", ");
  }
  append_field(out, forwarded_for, forwarded.append(client_address));
  if (!from.id.empty()) append_field(out, request_id_field, from.id);
  if (states_length(from)) append_field(out, "Content-Length", std::to_string(from.body.size()));
  out.append("\r\n");
}

void write_response_head(std::string& out, const response_head& from, body_framing framing,
                         std::optional<std::uint64_t> length, bool keep_alive,
                         std::string_view translated_type, std::string_view request_id) {
  out.append("HTTP/1.1 ").append(std::to_string(from.status)).append(" ");
  out.append(from.reason).append("\r\n");
  const hop_by_hop_rule rule(from.fields);
  for (std::size_t i = 0; i < from.fields.size(); ++i) {
    const auto field = from.fields[i];
    if (field.id == http::field::content_length || rule.applies_to(field) ||
        equals(field.name, accel_buffering) || equals(field.name, request_id_field))
      continue;
    if (!translated_type.empty() && contains(fields_of_the_body, field.id)) continue;
    append_field(out, field.name, field.value);
  }
  if (!translated_type.empty()) append_field(out, "Content-Type", translated_type);
  append_framing(out, framing, length, from.status);
  if (!request_id.empty()) append_field(out, request_id_field, request_id);
  if (is_event_stream(from)) append_field(out, accel_buffering, "no");
  append_field(out, "Connection", keep_alive ? "keep-alive" : "close");
  out.append("\r\n");
}

bool is_event_stream(const response_head& head) {
  const auto type = head.fields.value(http::field::content_type);
  return type.size() >= event_stream.size() &&
         equals(type.substr(0, event_stream.size()), event_stream) &&
         (type.size() == event_stream.size() || type[event_stream.size()] == ';' ||
          type[event_stream.size()] == ' ');
}

}  // namespace rolecall::proxy
