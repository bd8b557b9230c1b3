#include "tests/integration/proxy/front_door.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rolecall;
using namespace rolecall::test;

namespace {

/// A client that speaks TLS; every wait ends after 30 seconds.
class tls_client {
 public:
  explicit tls_client(std::uint16_t port) : context_(SSL_CTX_new(TLS_client_method())) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, descriptor_);
    established = SSL_connect(ssl_) == 1;
  }
  ~tls_client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(descriptor_);
  }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  void send(const std::string& text) {
    REQUIRE(SSL_write(ssl_, text.data(), static_cast<int>(text.size())) ==
            static_cast<int>(text.size()));
  }
  /// What comes up to the end of `mark`, or of the stream.
  std::string receive_to(std::string_view mark) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(mark) && SSL_read(ssl_, &byte, 1) == 1) text += byte;
    return text;
  }
  std::string receive_all() { return receive_to(std::string_view{"\0end", 4}); }
  void say_goodbye() { SSL_shutdown(ssl_); }
  [[nodiscard]] bool was_told_goodbye() const {
    return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] std::string server_name() const {
    X509* const shown = SSL_get1_peer_certificate(ssl_);
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
    X509_free(shown);
    return name;
  }

  bool established = false;

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  int descriptor_ = -1;
};

access::access_files certified(const temporary_directory& folder, const std::string& name) {
  const auto made = make_certificate(folder.path(), name);
  return {.clients = nullptr,
          .operators = nullptr,
          .tls = *access::tls_context::load({made.certificate, made.key})};
}

front_door::options secured(const temporary_directory& folder) {
  front_door::options options;
  options.access = certified(folder, "one");
  return options;
}

}  // namespace

TEST_CASE("tls: a request and its answer pass, one after another on a connection") {
  const temporary_directory folder;
  front_door door(secured(folder));
  tls_client client(door.port);
  REQUIRE(client.established);
  CHECK(client.server_name() == "one");
  auto upstream = std::optional<peer>{};
  for (int i = 0; i < 3; ++i) {
    client.send(front_door::post_text("solo"));
    if (!upstream) upstream.emplace(door.solo.port.accept());
    const auto asked = upstream->receive_message();
    CHECK(asked.field("X-Forwarded-For") == "127.0.0.1");
    upstream->send(answer_text("{}"));
    CHECK(client.receive_to("{}").starts_with("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_CASE("tls: large bodies pass whole, both ways") {
  const temporary_directory folder;
  front_door door(secured(folder));
  const std::string large(3'000'000, 'x');
  tls_client client(door.port);
  client.send(front_door::post_text("solo", R"(,"x":")" + large + '"'));
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().body.find(large) != std::string::npos);
  upstream.send(answer_text(large + "end"));
  CHECK(client.receive_to("xend").find(large) != std::string::npos);
}

TEST_CASE("tls: a stream's chunks arrive as they come") {
  const temporary_directory folder;
  front_door door(secured(folder));
  tls_client client(door.port);
  client.send(front_door::post_text("solo"));
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(stream_head() + chunk("data: one\n\n"));
  CHECK(client.receive_to("data: one\n\n").ends_with("data: one\n\n"));
  upstream.send(chunk("data: two\n\n"));
  CHECK(client.receive_to("data: two\n\n").ends_with("data: two\n\n"));
}

TEST_CASE("tls: a client that says goodbye or breaks off frees its upstream") {
  const temporary_directory folder;
  front_door door(secured(folder));
  for (const bool polite : {true, false}) {
    CAPTURE(polite);
    std::optional<tls_client> client(std::in_place, door.port);
    client->send(front_door::post_text("solo"));
    auto upstream = door.solo.port.accept();
    (void)upstream.receive_message();
    if (polite)
      client->say_goodbye();
    else
      client.reset();
    CHECK(upstream.is_ended());
  }
}

TEST_CASE("tls: an answer that ends its connection ends with a goodbye") {
  const temporary_directory folder;
  front_door door(secured(folder));
  tls_client client(door.port);
  client.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.receive_all().find("\"status\":\"ok\"") != std::string::npos);
  CHECK(client.was_told_goodbye());
}

TEST_CASE("tls: a new certificate is for new connections; the others go on") {
  const temporary_directory folder;
  front_door door(secured(folder));
  tls_client early(door.port);
  early.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(early.receive_to("}}").starts_with("HTTP/1.1 200"));
  door.server->use(certified(folder, "two"));
  tls_client late(door.port);
  REQUIRE(late.established);
  CHECK(late.server_name() == "two");
  early.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(early.receive_to("}}").starts_with("HTTP/1.1 200"));
}

TEST_CASE("tls: who does not speak it is not answered") {
  const temporary_directory folder;
  front_door door(secured(folder));
  auto client = door.connect();
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_all().find("HTTP/") == std::string::npos);
}

TEST_CASE("tls: a role's door speaks it too") {
  const temporary_directory folder;
  front_door door(secured(folder));
  tls_client client(door.solo_port);
  REQUIRE(client.established);
  client.send("GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.receive_all().find("\"solo\"") != std::string::npos);
}
