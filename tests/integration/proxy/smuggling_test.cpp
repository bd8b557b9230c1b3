#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;

// What a client may send so that two servers read it differently (RFC 9112 section 11.2). Each
// request is followed at once by another; whoever reads the first one wrongly finds the second one
// elsewhere.

namespace {

std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

std::string get(const std::string& target) {
  return "GET /roles/solo/" + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string post(const std::string& fields, const std::string& body = {}) {
  return "POST /roles/solo/x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::string with_length(const std::string& body) {
  return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

// The upstream keeps no connection, so each request comes on one of its own, in the order sent.
std::string last_answer(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

/// Sends what carries the nonce and expects it to be the next thing that the upstream sees: had
/// anything come through before, it would be seen instead.
void check_served(front_door& door, peer& client, const std::string& nonce) {
  client.send(get(nonce));
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.starts_with("GET /" + nonce + " HTTP/1.1\r\n"));
  CHECK_FALSE(door.solo.port.has_connection());
  upstream.send(last_answer(nonce));
  CHECK(client.receive_message().body == nonce);
}

struct refused_request {
  std::string name;
  std::string text;
  unsigned status = 400;
};

// NUL inside a literal.
std::string with_nul(std::string text) {
  for (auto& c : text)
    if (c == '@') c = '\0';
  return text;
}

std::vector<refused_request> refused_framings() {
  const std::string last = "0\r\n\r\n";
  return {
      {"CL and TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", last)},
      {"TE and CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", last)},
      {"CL and TE: Chunked", post("Content-Length: 5\r\nTransfer-Encoding: Chunked\r\n", last)},
      {"CL and TE: identity", post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", last)},
      {"CL and a folded TE", post("Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n", last)},
      {"CL 0 and TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", last)},
      {"TE: xchunked", post("Transfer-Encoding: xchunked\r\n", last)},
      {"TE: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", last)},
      {"TE: identity, chunked", post("Transfer-Encoding: identity, chunked\r\n", last)},
      {"TE: chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", last)},
      {"TE: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", last)},
      {"TE: identity", post("Transfer-Encoding: identity\r\n", last)},
      {"TE: chunked;q=1", post("Transfer-Encoding: chunked;q=1\r\n", last)},
      {"TE: \"chunked\"", post("Transfer-Encoding: \"chunked\"\r\n", last)},
      {"TE: ,chunked", post("Transfer-Encoding: ,chunked\r\n", last)},
      {"an empty TE", post("Transfer-Encoding:\r\n", last)},
      {"a TE with a vertical tab", post("Transfer-Encoding: \x0b"
                                        "chunked\r\n",
                                        last)},
      {"two TE", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", last)},
      {"two TE that differ",
       post("Transfer-Encoding: chunked\r\nTransfer-encoding: identity\r\n", last)},
      {"a space before TE's colon", post("Transfer-Encoding : chunked\r\n", last)},
      {"a tab before TE's colon", post("Transfer-Encoding\t: chunked\r\n", last)},
      {"a space before CL's colon", post("Content-Length : 5\r\n", last)},
      {"a space before TE's name", post("X: y\r\nContent-Length: 5\r\n Transfer-Encoding: "
                                        "chunked\r\n",
                                        last)},
      {"TE in HTTP/1.0",
       "POST /roles/solo/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + last},
      {"CL that differ", post("Content-Length: 5\r\nContent-Length: 0\r\n", last)},
      {"CL 0 and another", post("Content-Length: 0\r\nContent-Length: 5\r\n", last)},
      {"a list of CL that differ", post("Content-Length: 5, 0\r\n", last)},
      {"a negative CL", post("Content-Length: -5\r\n", last)},
      {"CL with a plus", post("Content-Length: +5\r\n", last)},
      {"a hexadecimal CL", post("Content-Length: 0x5\r\n", last)},
      {"CL with a fraction", post("Content-Length: 5.0\r\n", last)},
      {"CL with a space inside", post("Content-Length: 5 0\r\n", last)},
      {"an empty CL", post("Content-Length:\r\n", last)},
      {"CL of 2^64", post("Content-Length: 18446744073709551616\r\n", last)},
      {"CL of 2^64 + 5", post("Content-Length: 18446744073709551621\r\n", last)},
      {"CL of 2^64 - 1", post("Content-Length: 18446744073709551615\r\n", last), 413},
      {"an expectation and CL that differ",
       post("Expect: 100-continue\r\nContent-Length: 5\r\nContent-Length: 0\r\n", last)},
      {"an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 5\r\n", last), 417}};
}

std::vector<refused_request> refused_chunks() {
  return {{"a negative chunk", chunks("-1\r\nx\r\n0\r\n\r\n")},
          {"a chunk size with a plus", chunks("+1\r\nx\r\n0\r\n\r\n")},
          {"a chunk size with 0x", chunks("0x1\r\nx\r\n0\r\n\r\n")},
          {"a chunk size of 17 digits", chunks("10000000000000001\r\nx\r\n0\r\n\r\n")},
          {"a chunk size of 16 digits", chunks("ffffffffffffffff\r\nx\r\n0\r\n\r\n"), 413},
          {"an empty chunk size", chunks("\r\nx\r\n0\r\n\r\n")},
          {"a chunk size that is no number", chunks("x\r\nx\r\n0\r\n\r\n")},
          {"a space before a chunk size", chunks(" 1\r\nx\r\n0\r\n\r\n")},
          {"a chunk that is longer than its size", chunks("1\r\nxyz\r\n0\r\n\r\n")},
          {"no line end after a chunk", chunks("1\r\nx0\r\n\r\n")},
          {"LF after a chunk", chunks("1\r\nx\n0\r\n\r\n")},
          {"LF after a chunk size", chunks("1\nx\r\n0\r\n\r\n")},
          {"CR after a chunk size", chunks("1\rx\r\n0\r\n\r\n")},
          {"LF after the last chunk", chunks("1\r\nx\r\n0\n\r\n")},
          {"LF in a chunk extension", chunks("1;a=b\nc\r\nx\r\n0\r\n\r\n")},
          {"a length in a trailer", chunks("1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n")},
          {"a coding in a trailer", chunks("1\r\nx\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")},
          {"a trailer that is no field", chunks("1\r\nx\r\n0\r\nno field\r\n\r\n")},
          {"a trailer with a space before its colon", chunks("0\r\nX : y\r\n\r\n")}};
}

std::vector<refused_request> refused_heads() {
  return {{"LF as line end", "GET /roles/solo/x HTTP/1.1\nHost: a\n\n"},
          {"LF after a field", "GET /roles/solo/x HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
          {"LF after the request line", "GET /roles/solo/x HTTP/1.1\nHost: a\r\n\r\n"},
          {"CR as line end", "GET /roles/solo/x HTTP/1.1\rHost: a\r\r"},
          {"CR in a value", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n"},
          {"CR before a field's end", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\r\nX: y\r\n\r\n"},
          {"NUL in a name", with_nul("GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX@Y: z\r\n\r\n")},
          {"NUL in a value", with_nul("GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX: y@z\r\n\r\n")},
          {"NUL in the target", with_nul("GET /roles/solo/x@y HTTP/1.1\r\nHost: a\r\n\r\n")},
          {"a field without a name", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n"},
          {"a field without a colon", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
          {"a name that is no token", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX(Y): z\r\n\r\n"},
          {"a folded line before any field", "GET /roles/solo/x HTTP/1.1\r\n Host: a\r\n\r\n"},
          {"no Host", "GET /roles/solo/x HTTP/1.1\r\n\r\n"},
          {"two Hosts", "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
          {"two Hosts in HTTP/1.0", "GET /roles/solo/x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
          {"HTTP/0.9", "GET /roles/solo/x\r\n\r\n"},
          {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
          {"HTTP/2.0", "GET /roles/solo/x HTTP/2.0\r\nHost: a\r\n\r\n"},
          {"HTTP/1.2", "GET /roles/solo/x HTTP/1.2\r\nHost: a\r\n\r\n"},
          {"HTTP/1.10", "GET /roles/solo/x HTTP/1.10\r\nHost: a\r\n\r\n"},
          {"http/1.1", "GET /roles/solo/x http/1.1\r\nHost: a\r\n\r\n"},
          {"two spaces before the target", "GET  /roles/solo/x HTTP/1.1\r\nHost: a\r\n\r\n"},
          {"two spaces before the version", "GET /roles/solo/x  HTTP/1.1\r\nHost: a\r\n\r\n"},
          {"a space in the target", "GET /roles/solo/x y HTTP/1.1\r\nHost: a\r\n\r\n"},
          {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
          {"a space before the method", " GET /roles/solo/x HTTP/1.1\r\nHost: a\r\n\r\n"},
          {"a method that is no token", "G(T /roles/solo/x HTTP/1.1\r\nHost: a\r\n\r\n"}};
}

void check_refused(const std::vector<refused_request>& rows) {
  front_door door;
  auto other = door.connect();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    CAPTURE(row.name);
    auto client = door.connect();
    client.send(row.text + get("smuggled"));
    const auto all = client.receive_all();
    CHECK(all.starts_with("HTTP/1.1 " + std::to_string(row.status) + " "));
    CHECK(occurrences(all, "HTTP/1.1 ") == 1);
    CHECK(occurrences(all, "\r\nConnection: close\r\n") == 1);
    check_served(door, other, "nonce-" + std::to_string(i));
  }
}

struct taken_request {
  std::string name;
  std::string text;
  std::string start_line = "POST /x HTTP/1.1\r\n";  ///< upstream
  std::string body = {};
  std::string field = {};   ///< a line of the head upstream
  std::string absent = {};  ///< what must not be there
};

std::vector<taken_request> taken_framings() {
  return {{.name = "TE: CHUNKED",
           .text = post("tRaNsFeR-eNcOdInG: CHUNKED\r\n", "1\r\nx\r\n0\r\n\r\n"),
           .body = "x"},
          {.name = "space around a coding",
           .text = post("Transfer-Encoding: \t chunked \t\r\n", "1\r\nx\r\n0\r\n\r\n"),
           .body = "x"},
          {.name = "a folded TE",
           .text = post("Transfer-Encoding:\r\n\tchunked\r\n", "1\r\nx\r\n0\r\n\r\n"),
           .body = "x"},
          {.name = "the same CL twice",
           .text = post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
           .body = "abc"},
          {.name = "CL with leading zeros",
           .text = post("Content-Length: 0003\r\n", "abc"),
           .body = "abc"},
          {.name = "chunk sizes with leading zeros",
           .text = chunks("00000000000000000003\r\nabc\r\n000\r\n\r\n"),
           .body = "abc"},
          {.name = "chunk sizes in both cases",
           .text = chunks("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
           .body = "01234567890123456789"},
          {.name = "chunk extensions",
           .text = chunks("3;a=\"b\";c\r\nabc\r\n0;d=e\r\n\r\n"),
           .body = "abc"},
          {.name = "a body that looks like a request",
           .text = with_length(get("smuggled")),
           .body = get("smuggled")},
          {.name = "chunks that look like a request",
           .text = chunks(chunk(get("smuggled")) + std::string{last_chunk}),
           .body = get("smuggled")},
          {.name = "trailers",
           .text = chunks("1\r\nx\r\n0\r\nHost: evil\r\nExpect: evil\r\nX-Trailer: evil\r\n\r\n"),
           .body = "x",
           .absent = "evil"}};
}

std::vector<taken_request> taken_heads() {
  return {{.name = "a folded value",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX-Long: a\r\n b\r\n\tc\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .field = "X-Long: a b c"},
          {.name = "an absolute target with another Host",
           .text = "GET http://evil.example/roles/solo/x HTTP/1.1\r\nHost: a\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .absent = "evil"},
          {.name = "hop-by-hop: CL",
           .text = post("Connection: Content-Length\r\nContent-Length: 3\r\n", "abc"),
           .body = "abc",
           .absent = "Connection:"},
          {.name = "hop-by-hop: TE",
           .text = post("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
                        "3\r\nabc\r\n0\r\n\r\n"),
           .body = "abc",
           .absent = "Connection:"},
          {.name = "hop-by-hop: Host",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n"},
          {.name = "hop-by-hop: a list with spaces and commas",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nConnection: ,X-A ,, x-b\r\nX-A: "
                   "secret\r\nX-B: "
                   "secret\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .absent = "secret"},
          {.name = "TE and Trailer",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nTE: trailers, secret\r\nTrailer: "
                   "secret\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .absent = "secret"},
          {.name = "an upgrade to HTTP/2",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, "
                   "HTTP2-Settings\r\nUpgrade: "
                   "h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .absent = "AAMA"},
          {.name = "an upgrade to a WebSocket",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
                   "websocket\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .absent = "websocket"},
          {.name = "a value that is empty",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .field = "X-Empty: "},
          {.name = "octets beyond ASCII in a value",
           .text = "GET /roles/solo/x HTTP/1.1\r\nHost: a\r\nX-Name: \xC3\xA9\r\n\r\n",
           .start_line = "GET /x HTTP/1.1\r\n",
           .field = "X-Name: \xC3\xA9"}};
}

void check_taken(const std::vector<taken_request>& rows) {
  front_door door;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    CAPTURE(row.name);
    const auto nonce = "nonce-" + std::to_string(i);
    auto client = door.connect();
    client.send(row.text + get(nonce));
    auto upstream = door.solo.port.accept();
    const auto asked = upstream.receive_message();
    CHECK(asked.head.starts_with(row.start_line));
    CHECK(asked.body == row.body);
    CHECK(occurrences(asked.head, "\r\nHost: ") == 1);
    CHECK(occurrences(asked.head, "Transfer-Encoding") == 0);
    CHECK(occurrences(asked.head, "Content-Length") == (row.body.empty() ? 0 : 1));
    CHECK(occurrences(asked.head, "\r\n ") + occurrences(asked.head, "\r\n\t") == 0);
    if (!row.field.empty()) CHECK(occurrences(asked.head, "\r\n" + row.field + "\r\n") == 1);
    if (!row.absent.empty()) CHECK(occurrences(asked.head, row.absent) == 0);
    upstream.send(last_answer("of " + nonce));
    CHECK(client.receive_message().body == "of " + nonce);
    auto next = door.solo.port.accept();
    CHECK(next.receive_message().head.starts_with("GET /" + nonce + " HTTP/1.1\r\n"));
    next.send(last_answer("after " + nonce));
    CHECK(client.receive_message().body == "after " + nonce);
  }
}

}  // namespace

TEST_CASE("conformance: a body whose end is in doubt is refused, and nothing of it goes on") {
  check_refused(refused_framings());
}

TEST_CASE(
    "conformance: chunks that are not to the letter are refused, and nothing of them goes on") {
  check_refused(refused_chunks());
}

TEST_CASE("conformance: a head that is not to the letter is refused, and nothing of it goes on") {
  check_refused(refused_heads());
}

TEST_CASE("conformance: whatever the framing of a body, upstream it has one length") {
  check_taken(taken_framings());
}

TEST_CASE("conformance: what belongs to the client's connection does not reach the upstream") {
  check_taken(taken_heads());
}
