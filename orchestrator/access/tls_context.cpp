#include "orchestrator/access/tls_context.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

namespace rolecall::access {
namespace {

std::string first_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason == nullptr ? "it is not PEM" : reason;
}

// OpenSSL's own words for a file that cannot be opened do not say why.
std::optional<std::string> unreadable(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::strerror(errno);
  ::close(descriptor);
  return std::nullopt;
}

// Without it OpenSSL asks the terminal for the key's password.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

// Clients that offer HTTP/2 as well are told which one it is (RFC 7301); others are not asked.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
  static constexpr unsigned char http_1_1[] = "\x08http/1.1";
  constexpr unsigned size = sizeof http_1_1 - 1;
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, http_1_1, size, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections hold no record buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

}  // namespace

boost::system::result<std::shared_ptr<const tls_context>, std::string> tls_context::load(
    const registry::tls_files& files) {
  const auto refuse = [](std::string_view what, const std::filesystem::path& file,
                         const std::string& reason) {
    return boost::system::result<std::shared_ptr<const tls_context>, std::string>{
        boost::system::in_place_error,
        "cannot use the " + std::string{what} + " " + file.string() + ": " + reason};
  };
  if (const auto reason = unreadable(files.certificate))
    return refuse("certificate", files.certificate, *reason);
  if (const auto reason = unreadable(files.key)) return refuse("key", files.key, *reason);
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return refuse("certificate", files.certificate, first_reason());
  std::shared_ptr<const tls_context> result{new tls_context(context)};
  configure(context);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return refuse("certificate", files.certificate, first_reason());
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return refuse("key", files.key,
                  first_reason() + "; it must be unencrypted PEM and belong to " +
                      files.certificate.string());
  return result;
}

tls_context::~tls_context() { SSL_CTX_free(context_); }

std::optional<std::string> tls_context::complaint() const {
  const X509* const certificate = SSL_CTX_get0_certificate(context_);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return "the certificate has expired: it was valid until " + valid_until();
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return "the certificate is not valid yet";
  return std::nullopt;
}

std::string tls_context::valid_until() const {
  BIO* const out = BIO_new(BIO_s_mem());
  if (out == nullptr) return {};
  ASN1_TIME_print(out, X509_get0_notAfter(SSL_CTX_get0_certificate(context_)));
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out, &text);
  std::string result(text, static_cast<std::size_t>(size));
  BIO_free(out);
  return result;
}

}  // namespace rolecall::access
