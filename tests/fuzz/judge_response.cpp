#include "orchestrator/proxy/header_rules.hpp"
#include "tests/fuzz/judgement.hpp"
#include "tests/fuzz/message_rules.hpp"
#include "tests/fuzz/pieces.hpp"

#include <boost/beast/http/error.hpp>

namespace rolecall::test {
namespace {

namespace http = boost::beast::http;

struct received_response {
  proxy::response_head head;
  std::string body;
  bool has_header = false;
  bool is_whole = false;  // with the connection's end, where that ends it
  bool is_refused = false;
};

// As a relay receives it.
void receive(const std::vector<std::vector<char>>& bytes, received_response& to) {
  std::vector<boost::asio::const_buffer> pieces;
  proxy::response_parser parser(to.head, pieces);
  std::string pending;
  boost::beast::error_code ec;
  for (const auto& piece : bytes) {
    pending.append(piece.data(), piece.size());
    const auto consumed = parser.put(boost::asio::buffer(pending), ec);
    for (const auto& part : parser.pieces())
      to.body.append(static_cast<const char*>(part.data()), part.size());
    parser.release_pieces();
    pending.erase(0, consumed);
    to.is_refused = ec && ec != http::error::need_more;
    if (to.is_refused || parser.is_done()) break;
  }
  to.has_header = parser.is_header_done();
  if (!to.is_refused && to.has_header && !parser.is_done() && parser.need_eof()) parser.put_eof(ec);
  to.is_whole = parser.is_done();
}

std::string difference(const received_response& a, const received_response& b) {
  // What is not whole is answered with an error, told at once or when its time is over.
  if (a.is_whole != b.is_whole) return "the pieces end otherwise";
  if (a.has_header && b.has_header &&
      (a.head.status != b.head.status || a.head.reason != b.head.reason ||
       a.head.version != b.head.version || !same_fields(a.head.fields, b.head.fields)))
    return "the pieces have another header";
  return a.is_whole && a.body != b.body ? "the pieces have another body" : "";
}

// Told to the client by its length.
std::string broken_client_answer(const received_response& from) {
  std::string head;
  proxy::write_response_head(head, from.head, proxy::body_framing::length, from.body.size(), true);
  if (auto broken = broken_head(head); !broken.empty()) return broken;
  const auto wire = head + from.body;
  received_response sent;
  receive({std::vector<char>(wire.begin(), wire.end())}, sent);
  if (sent.is_refused && head.size() > 60 << 10) return {};
  const bool has_body = from.head.status != 204 && from.head.status != 304;
  if (!sent.has_header || (has_body && !sent.is_whole)) return "what is sent is not one answer";
  if (has_body && sent.body != from.body) return "what is sent has another body";
  if (sent.head.status != from.head.status) return "what is sent has another status";
  if (proxy::framing_fault(11, sent.head.fields)) return "what is sent could be read otherwise";
  if (count_fields(sent.head.fields, "Transfer-Encoding") != 0 ||
      count_fields(sent.head.fields, "Connection") != 1)
    return "a field of one connection is sent";
  return {};
}

}  // namespace

judgement judge_response(std::string_view bytes) {
  received_response whole, cut;
  receive({std::vector<char>(bytes.begin(), bytes.end())}, whole);
  receive(pieces_of(bytes), cut);
  judgement found{.valid = false, .broken = difference(whole, cut)};
  if (!whole.is_whole || !found.broken.empty()) return found;
  if (proxy::framing_fault(whole.head.version, whole.head.fields)) return found;
  if (whole.head.status < 200) return found;  // never passed on
  found.valid = true;
  found.broken = broken_client_answer(whole);
  return found;
}

}  // namespace rolecall::test
