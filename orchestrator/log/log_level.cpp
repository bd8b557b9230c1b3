#include "orchestrator/log/log_level.hpp"

#include <algorithm>

namespace rolecall {
namespace {

template <typename Value, std::size_t Count>
std::optional<Value> find_named(const std::array<Value, Count>& all,
                                std::string_view name) noexcept {
  const auto found =
      std::ranges::find_if(all, [name](Value value) { return to_string(value) == name; });
  if (found == all.end()) return std::nullopt;
  return *found;
}

template <typename Value, std::size_t Count>
std::string names_of(const std::array<Value, Count>& all) {
  std::string text;
  for (const auto value : all) (text += text.empty() ? "" : ", ") += to_string(value);
  return text;
}

}  // namespace

std::string_view to_string(priority level) noexcept {
  switch (level) {
    case priority::error:
      return "error";
    case priority::warning:
      return "warning";
    case priority::notice:
      return "notice";
    case priority::info:
      return "info";
    case priority::debug:
      return "debug";
  }
  return "";
}

std::string_view to_string(component of) noexcept {
  switch (of) {
    case component::service:
      return "service";
    case component::registry:
      return "registry";
    case component::residency:
      return "residency";
    case component::supervision:
      return "supervision";
    case component::memory:
      return "memory";
    case component::observation:
      return "observation";
    case component::proxy:
      return "proxy";
    case component::admin:
      return "admin";
  }
  return "";
}

std::optional<priority> find_priority(std::string_view name) noexcept {
  return find_named(all_priorities, name);
}

std::optional<component> find_component(std::string_view name) noexcept {
  return find_named(all_components, name);
}

std::string component_names() { return names_of(all_components); }
std::string priority_names() { return names_of(all_priorities); }

boost::system::result<std::vector<log_level_setting>, std::string> parse_log_levels(
    std::string_view text) {
  std::vector<log_level_setting> settings;
  while (true) {
    const auto word = text.substr(0, text.find(','));
    const auto equals = word.find('=');
    const auto level_name = equals == std::string_view::npos ? word : word.substr(equals + 1);
    log_level_setting setting;
    if (equals != std::string_view::npos) {
      setting.of = find_component(word.substr(0, equals));
      if (!setting.of)
        return "unknown component '" + std::string{word.substr(0, equals)} + "'; there are " +
               component_names();
    }
    const auto level = find_priority(level_name);
    if (!level)
      return "unknown level '" + std::string{level_name} + "'; there are " + priority_names();
    setting.level = *level;
    settings.push_back(setting);
    if (word.size() == text.size()) return settings;
    text.remove_prefix(word.size() + 1);
  }
}

void set_log_level(const log_level_setting& setting) noexcept {
  for (const auto one : all_components)
    if (!setting.of || *setting.of == one)
      detail::log_levels[static_cast<std::size_t>(one)].store(setting.level,
                                                              std::memory_order_relaxed);
}

}  // namespace rolecall
