#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall {

/// syslog priorities, as systemd reads them from a line's prefix.
enum class priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// Whose line it is. docs/logs.md tells what each of them logs.
enum class component : std::uint8_t {
  service,  ///< the daemon itself: its start and end, the host, its own files
  registry,
  residency,  ///< who lives in memory
  supervision,
  memory,
  observation,  ///< what is read in the background
  proxy,
  admin,
};

inline constexpr std::array all_priorities{priority::error, priority::warning, priority::notice,
                                           priority::info, priority::debug};
inline constexpr std::array all_components{
    component::service, component::registry,    component::residency, component::supervision,
    component::memory,  component::observation, component::proxy,     component::admin};

/// "error", "warning", "notice", "info", "debug".
[[nodiscard]] std::string_view to_string(priority level) noexcept;
/// The enumerator's name.
[[nodiscard]] std::string_view to_string(component of) noexcept;
[[nodiscard]] std::optional<priority> find_priority(std::string_view name) noexcept;
[[nodiscard]] std::optional<component> find_component(std::string_view name) noexcept;

/// Every component's name, for who named one that there is not: "service, registry, …".
[[nodiscard]] std::string component_names();
[[nodiscard]] std::string priority_names();

/// The level of one component, or of all of them.
struct log_level_setting {
  std::optional<component> of;  ///< nullopt: all
  priority level = priority::info;

  bool operator==(const log_level_setting&) const = default;
};

/// Pure. "debug", "proxy=debug,memory=error", "warning,proxy=debug": settings in their order, later
/// ones on top. The error names the word and what there is.
[[nodiscard]] boost::system::result<std::vector<log_level_setting>, std::string> parse_log_levels(
    std::string_view text);

// What is logged at present, process-wide: lines up to a component's level. Any thread; a change
// counts from the next line on, whoever writes it.

namespace detail {
inline std::array<std::atomic<priority>, all_components.size()> log_levels{
    priority::info, priority::info, priority::info, priority::info,
    priority::info, priority::info, priority::info, priority::info};
}

[[nodiscard]] inline priority log_level(component of) noexcept {
  return detail::log_levels[static_cast<std::size_t>(of)].load(std::memory_order_relaxed);
}

/// For who would have to do work for a line that nobody wants.
[[nodiscard]] inline bool is_logged(priority level, component of) noexcept {
  return level <= log_level(of);
}

void set_log_level(const log_level_setting& setting) noexcept;

}  // namespace rolecall
