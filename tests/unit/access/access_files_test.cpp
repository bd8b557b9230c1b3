#include "orchestrator/access/access_files.hpp"

#include "registry/read.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace rolecall;

namespace {

/// A registry whose host names the files of a folder.
class host_files {
 public:
  host_files() {
    write_keys("api", "ann", "secret-a");
    write_keys("admin", "root", "secret-r");
    write_certificate("one");
    const auto result = registry::read(
        "version: 1\nhost:\n  api_keys: api\n  admin_keys: admin\n"
        "  tls: {certificate: host.crt, key: host.key}\n"
        "models: {m: {path: m.gguf}}\nroles: {w: {model: m, port: 1}}\n",
        folder_.path() / "r.yaml");
    REQUIRE(result.value);
    registry = *result.value;
  }

  void write_keys(const std::string& name, const std::string& key, const std::string& secret) {
    const auto file = folder_.path() / name;
    std::ofstream(file) << registry::to_line(
                               {.name = key, .digest = access::digest_of(secret), .roles = {}})
                        << '\n';
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
  }
  void write_certificate(const std::string& name) {
    const auto made = test::make_certificate(folder_.path(), name);
    std::filesystem::rename(made.certificate, folder_.path() / "host.crt");
    std::filesystem::rename(made.key, folder_.path() / "host.key");
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }

  registry::model_registry registry;

 private:
  test::temporary_directory folder_;
};

}  // namespace

TEST_CASE("access files: what host names is read") {
  const host_files host;
  const auto read = access::read_access_files(host.registry);
  for (const auto& note : read.notes) FAIL_CHECK(to_string(note));
  REQUIRE(read.files.clients);
  CHECK(read.files.clients->find("secret-a"));
  CHECK_FALSE(read.files.clients->find("secret-r"));
  REQUIRE(read.files.operators);
  CHECK(read.files.operators->find("secret-r"));
  CHECK(read.files.tls);
}

TEST_CASE("access files: a host that names none has none") {
  const auto read = access::read_access_files({});
  CHECK(read.notes.empty());
  CHECK_FALSE(read.files.clients);
  CHECK_FALSE(read.files.operators);
  CHECK_FALSE(read.files.tls);
}

TEST_CASE("access files: files that changed replace what was read before") {
  host_files host;
  const auto before = access::read_access_files(host.registry).files;
  host.write_keys("api", "bob", "secret-b");
  host.write_certificate("two");
  const auto after = access::read_access_files(host.registry, before);
  CHECK(after.notes.empty());
  CHECK(after.files.clients->find("secret-b"));
  CHECK_FALSE(after.files.clients->find("secret-a"));
  CHECK(after.files.tls != before.tls);
}

TEST_CASE("access files: a file that cannot be used leaves what was read before, and is told") {
  host_files host;
  const auto before = access::read_access_files(host.registry).files;
  std::ofstream(host.path("api")) << "nonsense\n";
  std::ofstream(host.path("host.crt")) << "nonsense\n";
  host.write_keys("admin", "root", "changed");
  const auto after = access::read_access_files(host.registry, before);
  REQUIRE(after.notes.size() == 2);
  CHECK(to_string(after.notes[0]).starts_with(host.path("api").string() + ":1:1: error: "));
  CHECK(
      to_string(after.notes[1])
          .starts_with(host.path("r.yaml").string() + ":5:8: error: cannot use the certificate "));
  CHECK(after.files.clients == before.clients);
  CHECK(after.files.tls == before.tls);
  CHECK(after.files.operators->find("changed"));
}

TEST_CASE("access files: a door that asked nobody goes on so until rolecalld is restarted") {
  const host_files host;
  const auto read = access::read_access_files(host.registry).files;
  auto next = read;
  access::keep_until_restart(next, {});
  CHECK_FALSE(next.clients);
  CHECK_FALSE(next.operators);
  CHECK_FALSE(next.tls);
  next = read;
  access::keep_until_restart(next, read);
  CHECK(next.clients == read.clients);
  CHECK(next.operators == read.operators);
  CHECK(next.tls == read.tls);
}

TEST_CASE("access files: a private key that everybody can read is warned of") {
  const host_files host;
  REQUIRE(::chmod(host.path("host.key").c_str(), 0644) == 0);
  const auto read = access::read_access_files(host.registry);
  REQUIRE(read.notes.size() == 1);
  CHECK(read.notes.front().level == registry::diagnostic::severity::warning);
  CHECK(read.files.tls);
}
