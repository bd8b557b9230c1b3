#include "tests/support/certificate.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

namespace rolecall::test {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate");
}

template <typename Write>
void write_file(const std::filesystem::path& file, Write write) {
  const std::unique_ptr<FILE, int (*)(FILE*)> out(std::fopen(file.c_str(), "w"), &std::fclose);
  require(out != nullptr && write(out.get()) == 1);
}

}  // namespace

certificate_files make_certificate(const std::filesystem::path& folder, const std::string& name,
                                   std::chrono::seconds valid_for) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), &X509_free);
  require(key && certificate);
  constexpr long hour = 3600;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(valid_for.count()));
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const certificate_files files{folder / (name + ".crt"), folder / (name + ".key")};
  write_file(files.certificate, [&](FILE* out) { return PEM_write_X509(out, certificate.get()); });
  write_file(files.key, [&](FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  require(::chmod(files.key.c_str(), 0600) == 0);
  return files;
}

}  // namespace rolecall::test
