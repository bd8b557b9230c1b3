#include "orchestrator/proxy/header_rules.hpp"
#include "tests/fuzz/judgement.hpp"
#include "tests/fuzz/message_rules.hpp"
#include "tests/fuzz/pieces.hpp"

#include <boost/beast/http/error.hpp>

namespace rolecall::test {
namespace {

namespace http = boost::beast::http;

struct received_request {
  proxy::request request;
  bool has_header = false;
  bool is_whole = false;
  bool is_refused = false;
  std::size_t size = 0;  // bytes that belong to it
};

// As a session receives it: what was not consumed comes again with more behind it.
void receive(const std::vector<std::vector<char>>& pieces, received_request& to) {
  proxy::request_parser parser(to.request);
  parser.body_limit(1 << 20);
  parser.header_limit(4 << 10);
  std::string pending;
  for (const auto& piece : pieces) {
    pending.append(piece.data(), piece.size());
    boost::beast::error_code ec;
    const auto consumed = parser.put(boost::asio::buffer(pending), ec);
    pending.erase(0, consumed);
    to.size += consumed;
    to.is_refused = ec && ec != http::error::need_more;
    if (to.is_refused || parser.is_done()) break;
  }
  to.has_header = parser.is_header_done();
  to.is_whole = parser.is_done();
}

std::string difference(const received_request& a, const received_request& b) {
  // What is not whole is answered with an error, told at once or when its time is over.
  if (a.is_whole != b.is_whole) return "the pieces end otherwise";
  if (a.has_header && b.has_header &&
      (a.request.method_name != b.request.method_name || a.request.target != b.request.target ||
       a.request.version != b.request.version || !same_fields(a.request.fields, b.request.fields)))
    return "the pieces have another header";
  if (a.is_whole && (a.request.body != b.request.body || a.size != b.size))
    return "the pieces have another body";
  return {};
}

// RFC 9112 section 6: what must not pass, by the fields' names alone.
std::string dangerous_framing(const proxy::request& from) {
  const auto encodings = count_fields(from.fields, "Transfer-Encoding");
  if (encodings > 1 || (encodings == 1 && from.version < 11)) return "Transfer-Encoding passes";
  if (encodings == 1 && count_fields(from.fields, "Content-Length") != 0)
    return "both framings pass";
  if (count_fields(from.fields, "Host") > 1) return "two hosts pass";
  return {};
}

std::string broken_upstream_request(const proxy::request& from) {
  std::string head;
  proxy::write_request_head(head, from, from.target, 8080, "192.0.2.7");
  if (auto broken = broken_head(head); !broken.empty()) return broken;
  const auto wire = head + from.body;
  received_request sent;
  receive({std::vector<char>(wire.begin(), wire.end())}, sent);
  // Longer than what came in by what is added; the parser's limit is not the rule.
  if (sent.is_refused && head.size() > 3 << 10) return {};
  if (!sent.is_whole || sent.size != wire.size()) return "what is sent is not one request";
  if (sent.request.body != from.body || sent.request.target != from.target ||
      sent.request.method_name != from.method_name)
    return "what is sent is another request";
  if (proxy::smuggling_fault(11, sent.request.fields)) return "what is sent could be smuggled";
  for (const auto* name : {"Transfer-Encoding", "Connection", "Upgrade", "Authorization",
                           "X-Api-Key", "X-Conversation-Id", "Expect"})
    if (count_fields(sent.request.fields, name) != 0) return std::string{name} + " is sent";
  if (count_fields(sent.request.fields, "X-Forwarded-For") != 1) return "the client is not told";
  return {};
}

}  // namespace

judgement judge_request(std::string_view bytes) {
  received_request whole, cut;
  receive({std::vector<char>(bytes.begin(), bytes.end())}, whole);
  receive(pieces_of(bytes), cut);
  judgement found{.valid = false, .broken = difference(whole, cut)};
  if (!whole.is_whole || !found.broken.empty()) return found;
  if (proxy::smuggling_fault(whole.request.version, whole.request.fields)) return found;
  found.valid = true;
  found.broken = dangerous_framing(whole.request);
  if (found.broken.empty()) found.broken = broken_upstream_request(whole.request);
  return found;
}

}  // namespace rolecall::test
