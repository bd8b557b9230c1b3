#include "orchestrator/access/access_files.hpp"

#include <algorithm>
#include <iterator>

#include <sys/stat.h>

namespace rolecall::access {
namespace {

using registry::diagnostic;
using registry::key_use;

bool everybody_reads(const std::filesystem::path& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0;
}

class file_reader {
 public:
  file_reader(const registry::model_registry& registry, access_reading& result)
      : registry_(registry), result_(result) {}

  void read_keys(const std::optional<std::filesystem::path>& file, key_use use,
                 std::shared_ptr<const key_ring>& ring) {
    if (!file) return;
    auto list = registry::read_access_keys(*file, use, registry_);
    const bool usable = !has_errors(list.notes);
    std::ranges::move(list.notes, std::back_inserter(result_.notes));
    if (usable) ring = std::make_shared<const key_ring>(std::move(list.keys), ring.get());
  }

  void read_tls() {
    const auto& files = registry_.host.tls;
    if (!files) return;
    auto context = tls_context::load(*files);
    if (!context) return note(diagnostic::severity::error, context.error());
    if (const auto complaint = (*context)->complaint())
      note(diagnostic::severity::warning, files->certificate.string() + ": " + *complaint);
    if (everybody_reads(files->key))
      note(diagnostic::severity::warning, "everybody on this host can read the private key " +
                                              files->key.string() + "; run chmod o-r " +
                                              files->key.string());
    result_.files.tls = *std::move(context);
  }

 private:
  void note(diagnostic::severity level, std::string message) {
    const auto where = registry_.place("host.tls");
    result_.notes.push_back(
        {level, registry_.file.string(), where.line, where.column, std::move(message)});
  }

  const registry::model_registry& registry_;
  access_reading& result_;
};

}  // namespace

access_reading read_access_files(const registry::model_registry& registry,
                                 const access_files& before) {
  access_reading result{.files = before, .notes = {}};
  file_reader reader(registry, result);
  reader.read_keys(registry.host.api_keys, key_use::clients, result.files.clients);
  reader.read_keys(registry.host.admin_keys, key_use::operators, result.files.operators);
  reader.read_tls();
  return result;
}

void keep_until_restart(access_files& next, const access_files& present) {
  if (!present.clients) next.clients.reset();
  if (!present.operators) next.operators.reset();
  if (!present.tls) next.tls.reset();
}

}  // namespace rolecall::access
