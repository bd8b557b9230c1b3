#include "registry/access_rules.hpp"

#include <string>

namespace rolecall::registry {

namespace {

/// The doors of one kind and the file whose keys they ask for.
class door_rules {
 public:
  door_rules(const model_registry& registry, diagnostics& notes)
      : registry_(registry), notes_(notes) {}

  void check(const tcp_endpoint& where, const std::string& key, bool has_keys,
             const std::string& key_file) {
    if (is_loopback(where) || has_keys) return;
    const auto exposed =
        "other hosts can reach " + to_string(where) + " and host." + key_file + " names no keys";
    if (registry_.host.insecure)
      note(diagnostic::severity::warning, key,
           key + ": " + exposed + ": everybody is served (host.insecure)");
    else
      note(diagnostic::severity::error, key,
           "cannot use " + key + ": " + exposed + ": make keys with `rolectl key NAME`" +
               ", listen on 127.0.0.1, or set host.insecure: true to serve everybody");
  }

  void error(const std::string& key, std::string message) {
    note(diagnostic::severity::error, key, std::move(message));
  }

 private:
  void note(diagnostic::severity level, const std::string& key, std::string message) {
    const auto where = registry_.place(key);
    notes_.push_back(
        {level, registry_.file.string(), where.line, where.column, std::move(message)});
  }

  const model_registry& registry_;
  diagnostics& notes_;
};

}  // namespace

diagnostics check_doors(const model_registry& registry) {
  diagnostics notes;
  door_rules rules(registry, notes);
  const auto& host = registry.host;
  for (const auto& where : host.listen)
    rules.check(where, "host.listen", host.api_keys.has_value(), "api_keys");
  for (const auto& where : host.admin)
    if (const auto* tcp = std::get_if<tcp_endpoint>(&where))
      rules.check(*tcp, "host.admin", host.admin_keys.has_value(), "admin_keys");
  for (const auto& r : registry.roles) {
    const auto key = "roles." + r.name + ".listen";
    for (const auto& where : r.listen)
      rules.check(where, key, host.api_keys.has_value(), "api_keys");
    if (!r.listen.empty() && r.tier == tier::draft)
      rules.error(key, "cannot use role '" + r.name +
                           "': a role of tier draft has no process and takes no door");
  }
  return notes;
}

}  // namespace rolecall::registry
