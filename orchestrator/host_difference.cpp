#include "orchestrator/host_difference.hpp"

#include "registry/quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace rolecall {
namespace {

using registry::host_settings;

constexpr const char* none = "-";

std::string words(const std::optional<std::filesystem::path>& path) {
  return path ? path->string() : none;
}

std::string words(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : ", ") + entry;
  return text.empty() ? none : text;
}

std::string words(const registry::endpoint& where) {
  const auto* tcp = std::get_if<registry::tcp_endpoint>(&where);
  return tcp != nullptr ? to_string(*tcp)
                        : "unix:" + std::get<registry::unix_endpoint>(where).path.string();
}

std::string bytes_or_auto(const std::optional<registry::byte_count>& bytes) {
  return bytes ? registry::format_bytes(*bytes) : "auto";
}

/// A key of the host. `keep`: takes the present value over; nullptr: a change is applied at once.
struct host_key {
  std::string_view name;
  std::string (*text)(const host_settings&);
  void (*keep)(host_settings& next, const host_settings& present);
};

template <auto Member>
void keep_member(host_settings& next, const host_settings& present) {
  next.*Member = present.*Member;
}
// Present or absent as before; which file it is may change.
template <auto Member>
void keep_presence(host_settings& next, const host_settings& present) {
  if ((next.*Member).has_value() != (present.*Member).has_value()) next.*Member = present.*Member;
}

constexpr std::array keys{
    host_key{"listen",
             [](const host_settings& h) {
               std::vector<std::string> list;
               for (const auto& where : h.listen) list.push_back(to_string(where));
               return words(list);
             },
             keep_member<&host_settings::listen>},
    host_key{"admin",
             [](const host_settings& h) {
               std::vector<std::string> list;
               for (const auto& where : h.admin) list.push_back(words(where));
               return words(list);
             },
             keep_member<&host_settings::admin>},
    host_key{"api_keys", [](const host_settings& h) { return words(h.api_keys); },
             keep_presence<&host_settings::api_keys>},
    host_key{"admin_keys", [](const host_settings& h) { return words(h.admin_keys); },
             keep_presence<&host_settings::admin_keys>},
    host_key{"insecure",
             [](const host_settings& h) { return std::string{h.insecure ? "true" : "false"}; },
             nullptr},
    host_key{"tls.certificate",
             [](const host_settings& h) {
               return h.tls ? h.tls->certificate.string() : std::string{none};
             },
             keep_presence<&host_settings::tls>},
    host_key{"tls.key",
             [](const host_settings& h) { return h.tls ? h.tls->key.string() : std::string{none}; },
             keep_presence<&host_settings::tls>},
    host_key{"access_log", [](const host_settings& h) { return words(h.access_log); },
             keep_member<&host_settings::access_log>},
    host_key{"memory.budget", [](const host_settings& h) { return bytes_or_auto(h.memory.budget); },
             nullptr},
    host_key{"memory.os_reserve",
             [](const host_settings& h) { return registry::format_bytes(h.memory.os_reserve); },
             nullptr},
    host_key{"memory.safety",
             [](const host_settings& h) {
               return std::to_string(std::lround(h.memory.safety * 100)) + "%";
             },
             nullptr},
    host_key{"memory.floor", [](const host_settings& h) { return bytes_or_auto(h.memory.floor); },
             nullptr},
    host_key{"memory.eviction",
             [](const host_settings& h) {
               return std::string{h.memory.eviction == registry::eviction_order::lru ? "lru"
                                                                                     : "load_cost"};
             },
             nullptr},
    host_key{"llama_server", [](const host_settings& h) { return h.llama_server.string(); },
             nullptr},
    host_key{"model_dirs",
             [](const host_settings& h) {
               std::vector<std::string> list;
               for (const auto& folder : h.model_dirs) list.push_back(folder.string());
               return words(list);
             },
             nullptr},
    host_key{"state_dir", [](const host_settings& h) { return h.state_dir.string(); },
             keep_member<&host_settings::state_dir>},
    host_key{"log_dir", [](const host_settings& h) { return h.log_dir.string(); },
             keep_member<&host_settings::log_dir>},
    host_key{"log_limit",
             [](const host_settings& h) { return registry::format_bytes(h.log_limit); }, nullptr},
    host_key{"on_exit",
             [](const host_settings& h) {
               return std::string{h.on_exit == registry::exit_policy::keep ? "keep" : "stop"};
             },
             nullptr},
    host_key{"default_role", [](const host_settings& h) { return h.default_role.value_or(none); },
             nullptr},
    host_key{"data_threads", [](const host_settings& h) { return std::to_string(h.data_threads); },
             keep_member<&host_settings::data_threads>},
    host_key{"max_request_body",
             [](const host_settings& h) { return registry::format_bytes(h.max_request_body); },
             keep_member<&host_settings::max_request_body>},
    host_key{"patience",
             [](const host_settings& h) { return registry::format_duration(h.patience); }, nullptr},
};

}  // namespace

std::optional<bool> waits_for_restart(std::string_view key) {
  const auto found = std::ranges::find(keys, key, &host_key::name);
  if (found == keys.end()) return std::nullopt;
  return found->keep != nullptr;
}

std::vector<admin::reload_plan::setting> host_difference(const host_settings& present,
                                                         const host_settings& next) {
  auto kept = next;
  keep_until_restart(kept, present);
  std::vector<admin::reload_plan::setting> settings;
  for (const auto& key : keys) {
    const auto before = key.text(present);
    const auto after = key.text(next);
    if (before == after) continue;
    settings.push_back({.key = "host." + std::string{key.name},
                        .before = before,
                        .after = after,
                        .waits = key.text(kept) == before});
  }
  return settings;
}

void keep_until_restart(host_settings& next, const host_settings& present) {
  for (const auto& key : keys)
    if (key.keep != nullptr) key.keep(next, present);
}

}  // namespace rolecall
