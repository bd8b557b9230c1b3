#include "tools/rolectl/role_words.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/bar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rolecall::rolectl {
namespace {

using admin::instance_status;
using admin::role_status;

/// The instance whose reason says most: one that is not ready, or else the first.
const instance_status* speaker(const role_status& role) {
  for (const auto& instance : role.instances)
    if (instance.state != "ready" && !instance.reason.empty()) return &instance;
  return role.instances.empty() ? nullptr : &role.instances.front();
}

bool has_own_processes(const role_status& role) noexcept {
  return role.shares.empty() && !role.instances.empty();
}

std::string restart_words(const role_status& role) {
  int restarts = 0;
  for (const auto& instance : role.instances) restarts += instance.restarts;
  if (restarts == 0) return {};
  return std::to_string(restarts) + (restarts == 1 ? " restart" : " restarts");
}

std::string with_one_decimal(double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f", number);
  return text.data();
}

}  // namespace

look look_of(std::string_view state) noexcept {
  if (state == "ready") return look::good;
  if (state == "failed") return look::bad;
  if (state == "stopped" || state.empty()) return look::dim;
  return look::busy;
}

std::string age_words(double seconds) {
  constexpr long long minute = 60;
  constexpr long long hour = 60 * minute;
  constexpr long long day = 24 * hour;
  const auto whole = static_cast<long long>(std::max(0.0, std::floor(seconds)));
  const auto two = [whole](long long unit, const char* name, long long part,
                           const char* part_name) {
    const auto rest = whole % unit / part;
    return std::to_string(whole / unit) + name +
           (rest == 0 ? "" : std::to_string(rest) + part_name);
  };
  if (whole < minute) return std::to_string(whole) + "s";
  if (whole < hour) return std::to_string(whole / minute) + "m";
  return whole < day ? two(hour, "h", minute, "m") : two(day, "d", hour, "h");
}

std::string state_words(const role_status& role) {
  const auto state = admin::state_of(role);
  if (role.instances.size() < 2) return state;
  const auto count = std::ranges::count(role.instances, state, &instance_status::state);
  return state + " " + std::to_string(count) + "/" + std::to_string(role.instances.size());
}

std::string port_words(const role_status& role) {
  std::string words;
  for (std::size_t i = 0; i < role.instances.size();) {
    auto last = i;
    while (last + 1 < role.instances.size() &&
           role.instances[last + 1].port == role.instances[last].port + 1)
      ++last;
    if (!words.empty()) words += ",";
    words += std::to_string(role.instances[i].port);
    if (last > i) words += "-" + std::to_string(role.instances[last].port);
    i = last + 1;
  }
  return words;
}

std::string since_words(const role_status& role) {
  if (role.instances.empty()) return {};
  return age_words(
      std::ranges::min_element(role.instances, {}, &instance_status::since_seconds)->since_seconds);
}

std::string tier_words(const role_status& role) {
  return role.tier + (role.pinned ? " pinned" : "");
}

registry::byte_count used_bytes(const role_status& role) noexcept {
  registry::byte_count sum = 0;
  if (role.shares.empty())
    for (const auto& instance : role.instances)
      if (instance.memory) sum += instance.memory->pss;
  return sum;
}

registry::byte_count reserved_bytes(const role_status& role) noexcept {
  registry::byte_count sum = 0;
  if (role.shares.empty())
    for (const auto& instance : role.instances) sum += instance.reserved_bytes;
  return sum;
}

std::string memory_words(const role_status& role) {
  const auto used = used_bytes(role);
  const auto reserved = reserved_bytes(role);
  if (used == 0) return reserved == 0 ? "" : "-/" + registry::format_bytes(reserved);
  // Both in the unit of the greater: "0.4/18.6 GiB".
  auto whole = registry::format_bytes(std::max(used, reserved));
  const auto blank = whole.find(' ');
  const auto greater = std::stod(whole.substr(0, blank));
  const auto part = greater * (static_cast<double>(std::min(used, reserved)) /
                               static_cast<double>(std::max(used, reserved)));
  const auto unit = whole.substr(blank);
  whole.resize(blank);
  return used > reserved ? whole + "/" + with_one_decimal(part) + unit
                         : with_one_decimal(part) + "/" + whole + unit;
}

std::string memory_bar(const role_status& role, const screen& on) {
  constexpr std::size_t width = 8;
  const auto reserved = reserved_bytes(role);
  if (reserved == 0) return {};
  return bar(static_cast<double>(used_bytes(role)) / static_cast<double>(reserved), width, on);
}

std::string request_words(const role_status& role) {
  if (role.instances.empty()) return {};
  return std::to_string(role.in_flight) + "/" + std::to_string(role.waiting);
}

std::string rate_words(double per_second) {
  constexpr double whole_from = 99.95;
  if (!(per_second > 0)) return "0";
  if (per_second >= whole_from) return std::to_string(std::llround(per_second));
  return with_one_decimal(per_second);
}

std::string token_words(const role_status& role) {
  if (!has_own_processes(role)) return {};
  if (role.tokens_per_second <= 0 && admin::state_of(role) != "ready") return {};
  return rate_words(role.tokens_per_second);
}

std::string load_words(const admin::load_status& load) {
  std::string words = load.phase;
  if (load.phase == "evicting") words = "making room";
  if (load.phase == "page_in") words = "reading";
  if (load.phase == "engine") words = "loading";
  if (load.phase == "warm_up") words = "warming up";
  // A percentage is not rounded up to the end that it has not reached.
  if (load.ratio && *load.ratio > 0)
    words += " " + std::to_string(static_cast<int>(std::clamp(*load.ratio, 0.0, 1.0) * 100)) + " %";
  if (load.bytes_per_second && *load.bytes_per_second > 0)
    words +=
        ", " + registry::format_bytes(static_cast<std::uint64_t>(*load.bytes_per_second)) + "/s";
  return words;
}

std::string load_words(const role_status& role) {
  const admin::load_status* least = nullptr;
  for (const auto& instance : role.instances)
    if (instance.load &&
        (least == nullptr || instance.load->ratio.value_or(0) < least->ratio.value_or(0)))
      least = &*instance.load;
  return least == nullptr ? std::string{} : load_words(*least);
}

std::string reason_words(const role_status& role, const screen& on) {
  std::string words;
  const auto add = [&words](const std::string& text) {
    if (!text.empty()) words += (words.empty() ? "" : "; ") + text;
  };
  add(load_words(role));
  if (!role.shares.empty()) {
    add("shares " + role.shares);
  } else if (const auto* instance = speaker(role)) {
    add(tame_line(instance->reason, on));
    add(restart_words(role));
  }
  return tame_line(words, on);
}

}  // namespace rolecall::rolectl
