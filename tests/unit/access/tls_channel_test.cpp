#include "orchestrator/access/tls_channel.hpp"

#include "tests/support/certificate.hpp"
#include "tests/support/temporary_directory.hpp"

#include <array>

#include <doctest/doctest.h>

#include <openssl/ssl.h>

using namespace rolecall;
using access::tls_channel;
using condition = tls_channel::condition;

namespace {

/// A client and the channel, joined by strings.
class pair {
 public:
  explicit pair(int newest_version = TLS1_3_VERSION) {
    const auto made = test::make_certificate(folder_.path(), "host");
    context_ = *access::tls_context::load({made.certificate, made.key});
    server.emplace(context_);
    client_context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(client_context_, 0);  // to offer what no client should
    SSL_CTX_set_min_proto_version(client_context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client_context_, newest_version);
    client = SSL_new(client_context_);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client);
  }
  ~pair() {
    SSL_free(client);
    SSL_CTX_free(client_context_);
  }
  pair(const pair&) = delete;
  pair& operator=(const pair&) = delete;

  /// What the client has to send.
  std::string from_client() {
    std::string out(BIO_ctrl_pending(SSL_get_wbio(client)), '\0');
    if (!out.empty()) BIO_read(SSL_get_wbio(client), out.data(), static_cast<int>(out.size()));
    return out;
  }
  void to_client(const std::string& records) {
    if (!records.empty())
      BIO_write(SSL_get_rbio(client), records.data(), static_cast<int>(records.size()));
  }
  /// Until nobody has anything to say; `step`: bytes handed over at once.
  condition shake_hands(std::size_t step = 1 << 20) {
    condition how = condition::open;
    for (int round = 0; round < 10; ++round) {
      SSL_do_handshake(client);
      auto records = from_client();
      if (records.empty()) break;
      std::string out;
      for (std::size_t at = 0; at < records.size(); at += step)
        how = server->receive(std::string_view{records}.substr(at, step), received, out);
      to_client(out);
    }
    return how;
  }
  /// What the client understands of what it was sent.
  std::string read_by_client() {
    std::string text;
    std::array<char, 4096> piece{};
    for (int n = 0; (n = SSL_read(client, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(n));
    return text;
  }
  condition say(std::string_view text) {
    SSL_write(client, text.data(), static_cast<int>(text.size()));
    std::string out;
    const auto how = server->receive(from_client(), received, out);
    to_client(out);
    return how;
  }

  std::optional<tls_channel> server;
  SSL* client = nullptr;
  std::string received;  // by the server

 private:
  test::temporary_directory folder_;
  std::shared_ptr<const access::tls_context> context_;
  SSL_CTX* client_context_ = nullptr;
};

}  // namespace

TEST_CASE("tls channel: text passes both ways after the handshake") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    pair talk(version);
    CHECK_FALSE(talk.server->is_established());
    CHECK(talk.shake_hands() == condition::open);
    REQUIRE(talk.server->is_established());
    CHECK(talk.say("GET / HTTP/1.1") == condition::open);
    CHECK(talk.received == "GET / HTTP/1.1");
    const std::string large(100'000, 'x');
    std::string out;
    CHECK(talk.server->send(large, out));
    CHECK(out.find("xxxx") == std::string::npos);
    talk.to_client(out);
    CHECK(talk.read_by_client() == large);
  }
}

TEST_CASE("tls channel: records may come byte by byte") {
  pair talk;
  CHECK(talk.shake_hands(1) == condition::open);
  CHECK(talk.server->is_established());
  SSL_write(talk.client, "hello", 5);
  std::string out;
  for (const char byte : talk.from_client())
    CHECK(talk.server->receive({&byte, 1}, talk.received, out) == condition::open);
  CHECK(talk.received == "hello");
}

TEST_CASE("tls channel: versions before TLS 1.2 are refused with an alert") {
  pair talk(TLS1_1_VERSION);
  SSL_do_handshake(talk.client);
  std::string text;
  std::string out;
  CHECK(talk.server->receive(talk.from_client(), text, out) == condition::broken);
  CHECK(out.size() >= 7);
  CHECK(out[0] == 21);  // an alert record
  CHECK_FALSE(talk.server->send("x", out));
}

TEST_CASE("tls channel: plain HTTP is not understood") {
  pair talk;
  std::string text;
  std::string out;
  CHECK(talk.server->receive("GET / HTTP/1.1\r\n\r\n", text, out) == condition::broken);
  CHECK(text.empty());
}

TEST_CASE("tls channel: a record that was tampered with breaks the connection") {
  pair talk;
  talk.shake_hands();
  SSL_write(talk.client, "hello", 5);
  auto records = talk.from_client();
  records.back() = static_cast<char>(records.back() ^ 1);
  std::string out;
  CHECK(talk.server->receive(records, talk.received, out) == condition::broken);
  CHECK(talk.received.empty());
}

TEST_CASE(
    "tls channel: the client's goodbye is noticed behind its last words, and ours reaches it") {
  pair talk;
  talk.shake_hands();
  SSL_write(talk.client, "last", 4);
  SSL_shutdown(talk.client);
  std::string out;
  CHECK(talk.server->receive(talk.from_client(), talk.received, out) == condition::ended);
  CHECK(talk.received == "last");
  // Its other half is still open.
  CHECK(talk.server->send("answer", out));
  talk.server->close(out);
  talk.to_client(out);
  CHECK(talk.read_by_client() == "answer");
  CHECK((SSL_get_shutdown(talk.client) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("tls channel: nothing can be sent before the handshake is over") {
  pair talk;
  std::string out;
  CHECK_FALSE(talk.server->send("early", out));
  CHECK(out.empty());
  talk.server->close(out);
  CHECK(out.empty());
}
