#include "orchestrator/access/key_ring.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace rolecall::access {
namespace {

std::uint64_t next_generation() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

registry::key_digest digest_of(std::string_view secret) {
  registry::key_digest digest{};
  unsigned size = 0;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != digest.size())
    throw std::runtime_error("cannot hash a key: OpenSSL has no SHA-256");
  return digest;
}

std::string make_secret() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 32> bits{};
  if (RAND_bytes(bits.data(), static_cast<int>(bits.size())) != 1)
    throw std::runtime_error("cannot make a key: OpenSSL has no random bits");
  std::string secret = "rk-";
  for (const auto byte : bits) secret.append({digits[byte >> 4U], digits[byte & 0xFU]});
  OPENSSL_cleanse(bits.data(), bits.size());
  return secret;
}

bool key::allows(std::string_view role) const noexcept {
  return settings_.roles.empty() ||
         std::ranges::find(settings_.roles, role) != settings_.roles.end();
}

turn turn::take(const key& of) noexcept {
  turn taken;
  const int most = of.settings().in_flight;
  const int before = of.in_flight()->fetch_add(1, std::memory_order_relaxed);
  if (most > 0 && before >= most)
    of.in_flight()->fetch_sub(1, std::memory_order_relaxed);
  else
    taken.counted_ = of.in_flight();
  return taken;
}

key_ring::key_ring(std::vector<registry::access_key> keys, const key_ring* before)
    : generation_(next_generation()) {
  for (auto& settings : keys) {
    auto in_flight = std::make_shared<key::count>(0);
    if (before != nullptr)
      for (const auto& earlier : before->keys_)
        if (earlier->name() == settings.name) in_flight = earlier->in_flight();
    keys_.push_back(std::make_shared<const key>(std::move(settings), std::move(in_flight)));
  }
}

std::shared_ptr<const key> key_ring::find(std::string_view secret) const {
  const auto shown = digest_of(secret);
  std::shared_ptr<const key> found;
  for (const auto& each : keys_)
    if (CRYPTO_memcmp(each->settings().digest.data(), shown.data(), shown.size()) == 0)
      found = each;
  return found;
}

bool equal_secrets(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace rolecall::access
