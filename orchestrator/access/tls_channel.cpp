#include "orchestrator/access/tls_channel.hpp"

#include <array>
#include <climits>
#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace rolecall::access {
namespace {

constexpr std::size_t record_size = 16 << 10;  // RFC 8446 section 5.1

int as_int(std::size_t size) { return size > INT_MAX ? INT_MAX : static_cast<int>(size); }

}  // namespace

tls_channel::tls_channel(std::shared_ptr<const tls_context> context)
    : context_(std::move(context)), ssl_(SSL_new(context_->native())) {
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  if (ssl_ == nullptr || in == nullptr || out == nullptr) {
    SSL_free(ssl_);
    BIO_free(in);
    BIO_free(out);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_, in, out);
  SSL_set_accept_state(ssl_);
}

tls_channel::~tls_channel() {
  SSL_free(ssl_);
  ERR_clear_error();
}

tls_channel::condition tls_channel::receive(std::string_view records, std::string& text,
                                            std::string& out) {
  if (condition_ != condition::open) return condition_;
  BIO* const in = SSL_get_rbio(ssl_);
  ERR_clear_error();
  std::array<char, record_size> piece;  // NOLINT: filled by SSL_read
  while (condition_ == condition::open) {
    if (!records.empty()) {
      const int taken = BIO_write(in, records.data(), as_int(records.size()));
      if (taken > 0) records.remove_prefix(static_cast<std::size_t>(taken));
    }
    const int count = SSL_read(ssl_, piece.data(), as_int(piece.size()));
    if (count > 0) {
      text.append(piece.data(), static_cast<std::size_t>(count));
      continue;
    }
    const int why = SSL_get_error(ssl_, count);
    if (why == SSL_ERROR_ZERO_RETURN)
      condition_ = condition::ended;
    else if (why != SSL_ERROR_WANT_READ)
      condition_ = condition::broken;
    else if (records.empty())
      break;
  }
  ERR_clear_error();
  take_output(out);
  return condition_;
}

// The memory that it writes to takes everything: no partial writes.
bool tls_channel::send(std::string_view text, std::string& out) {
  if (condition_ == condition::broken || !is_established()) return false;
  ERR_clear_error();
  while (!text.empty()) {
    const int count = SSL_write(ssl_, text.data(), as_int(text.size()));
    if (count <= 0) {
      ERR_clear_error();
      condition_ = condition::broken;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  take_output(out);
  return true;
}

void tls_channel::close(std::string& out) {
  if (condition_ == condition::broken || !is_established()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
  take_output(out);
}

bool tls_channel::is_established() const noexcept { return SSL_is_init_finished(ssl_) == 1; }

void tls_channel::take_output(std::string& out) {
  BIO* const from = SSL_get_wbio(ssl_);
  const auto pending = BIO_ctrl_pending(from);
  if (pending == 0) return;
  const auto before = out.size();
  out.resize(before + pending);
  const int count = BIO_read(from, out.data() + before, as_int(pending));
  out.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
}

}  // namespace rolecall::access
