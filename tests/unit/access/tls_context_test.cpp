#include "orchestrator/access/tls_context.hpp"

#include "tests/support/certificate.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall;
using access::tls_context;

namespace {

std::string refusal_of(const registry::tls_files& files) {
  const auto loaded = tls_context::load(files);
  REQUIRE_FALSE(loaded);
  return loaded.error();
}

}  // namespace

TEST_CASE("tls context: a certificate and its key can be used") {
  const test::temporary_directory folder;
  const auto made = test::make_certificate(folder.path(), "good");
  const auto loaded = tls_context::load({made.certificate, made.key});
  REQUIRE(loaded);
  CHECK_FALSE((*loaded)->complaint());
}

TEST_CASE("tls context: an expired certificate can be used, with a complaint") {
  const test::temporary_directory folder;
  const auto made = test::make_certificate(folder.path(), "old", std::chrono::seconds{-60});
  const auto loaded = tls_context::load({made.certificate, made.key});
  REQUIRE(loaded);
  REQUIRE((*loaded)->complaint());
  CHECK(*(*loaded)->complaint() ==
        "the certificate has expired: it was valid until " + (*loaded)->valid_until());
}

TEST_CASE("tls context: files that cannot be used are named with the reason") {
  const test::temporary_directory folder;
  const auto good = test::make_certificate(folder.path(), "good");
  const auto other = test::make_certificate(folder.path(), "other");
  const auto missing = folder.path() / "missing";
  const auto text = folder.path() / "text";
  std::ofstream(text) << "no PEM\n";

  CHECK(refusal_of({missing, good.key}) ==
        "cannot use the certificate " + missing.string() + ": No such file or directory");
  CHECK(refusal_of({good.certificate, missing}) ==
        "cannot use the key " + missing.string() + ": No such file or directory");
  CHECK(refusal_of({text, good.key})
            .starts_with("cannot use the certificate " + text.string() + ": no start line"));
  CHECK(refusal_of({good.certificate, text}).starts_with("cannot use the key " + text.string()));
  CHECK(refusal_of({good.certificate, other.key}) ==
        "cannot use the key " + other.key.string() +
            ": key values mismatch; it must be unencrypted PEM and belong to " +
            good.certificate.string());
}
