#include "registry/quantities.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

namespace rolecall::registry {

namespace {

constexpr std::size_t longest_list = 65536;
constexpr std::chrono::hours longest_duration{24 * 365};

struct unit {
  std::string_view name;
  byte_count bytes;
};
constexpr std::array byte_units{
    unit{"B", 1},
    unit{"KiB", 1ULL << 10},
    unit{"MiB", 1ULL << 20},
    unit{"GiB", 1ULL << 30},
    unit{"TiB", 1ULL << 40},
    unit{"KB", 1'000},
    unit{"MB", 1'000'000},
    unit{"GB", 1'000'000'000},
    unit{"TB", 1'000'000'000'000},
};

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The number at the front of `text`, which then starts behind it.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// The number at the front of `text`, with or without decimals; no exponent, no sign.
std::optional<double> take_decimal(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string print(const char* format, double value) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), format, value);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

}  // namespace

parsed<byte_count> parse_bytes(std::string_view text) {
  std::string_view rest = text;
  // Whole numbers go through integers: a double holds only 53 bits.
  std::string_view whole_rest = text;
  const auto whole = take_number<byte_count>(whole_rest);
  const auto decimal = take_decimal(rest);
  if (!decimal) {
    return in_quotes(text) +
           " is not a size: write a number and KiB, MiB, GiB, TiB, KB, MB, GB or TB";
  }
  const bool is_whole = whole && whole_rest.size() == rest.size();
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest.empty() && is_whole) return *whole;
  const auto found = std::find_if(byte_units.begin(), byte_units.end(),
                                  [&](const unit& u) { return u.name == rest; });
  if (found == byte_units.end()) {
    return in_quotes(text) + " is not a size: the unit is KiB, MiB, GiB, TiB, KB, MB, GB or TB";
  }
  constexpr double limit = 9.2e18;
  if (*decimal * static_cast<double>(found->bytes) > limit) {
    return in_quotes(text) + " is larger than any memory";
  }
  if (is_whole) return *whole * found->bytes;
  return static_cast<byte_count>(std::llround(*decimal * static_cast<double>(found->bytes)));
}

std::string format_bytes(byte_count bytes) {
  constexpr std::array names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes);
  std::size_t step = 0;
  // 1023.95 would print as 1024.0 of the smaller unit.
  while (value >= 1023.95 && step + 1 < names.size()) {
    value /= 1024;
    ++step;
  }
  return print("%.1f ", value) + names[step];
}

parsed<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto refusal = [&] {
    return in_quotes(text) +
           " is not a duration: write a number and s, m or h, such as 90s or 1h30m";
  };
  std::string_view rest = text;
  std::chrono::seconds sum{0};
  std::int64_t last_unit = 0;
  if (rest.empty()) return refusal();
  while (!rest.empty()) {
    const auto number = take_number<std::int64_t>(rest);
    if (!number) return refusal();
    if (rest.empty()) {
      return in_quotes(text) + " has no unit: write " + std::string(text) + "s for seconds";
    }
    const char symbol = rest.front();
    rest.remove_prefix(1);
    const std::int64_t factor = symbol == 's' ? 1 : symbol == 'm' ? 60 : symbol == 'h' ? 3600 : 0;
    if (factor == 0 || (last_unit != 0 && factor >= last_unit)) return refusal();
    last_unit = factor;
    if (*number > longest_duration / std::chrono::seconds{1}) {
      return in_quotes(text) + " is longer than a year";
    }
    sum += std::chrono::seconds{*number * factor};
  }
  if (sum > longest_duration) return in_quotes(text) + " is longer than a year";
  return sum;
}

std::string format_duration(std::chrono::seconds duration) {
  const auto total = duration.count();
  std::string text;
  if (total >= 3600) text += std::to_string(total / 3600) + "h";
  if (total / 60 % 60 != 0) text += std::to_string(total / 60 % 60) + "m";
  if (total % 60 != 0 || text.empty()) text += std::to_string(total % 60) + "s";
  return text;
}

std::string format_elapsed(std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 0.0);
  if (seconds < 0.9995) return print("%.0f ms", seconds * 1000);
  if (seconds < 59.95) return print("%.1f s", seconds);
  return format_duration(std::chrono::seconds{std::llround(seconds)});
}

parsed<double> parse_share(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (number && rest == "%") return *number / 100;
  if (number && rest.empty() && *number <= 1) return *number;
  return in_quotes(text) + " is not a share: write it as 15% or 0.15";
}

parsed<std::vector<int>> parse_number_list(std::string_view text, int highest) {
  const auto refusal = [&] { return in_quotes(text) + " is not a list of numbers such as 0-3,8"; };
  std::vector<int> list;
  std::string_view rest = text;
  for (;;) {
    const auto first = take_number<int>(rest);
    if (!first) return refusal();
    int last = *first;
    if (!rest.empty() && rest.front() == '-') {
      rest.remove_prefix(1);
      const auto end = take_number<int>(rest);
      if (!end) return refusal();
      last = *end;
    }
    if (last < *first) return in_quotes(text) + " counts down: write the lower number first";
    if (last > highest) {
      return in_quotes(text) + " goes beyond " + std::to_string(highest);
    }
    if (list.size() + static_cast<std::size_t>(last - *first) >= longest_list) {
      return in_quotes(text) + " is too long";
    }
    for (int number = *first; number <= last; ++number) list.push_back(number);
    if (rest.empty()) return list;
    if (rest.front() != ',') return refusal();
    rest.remove_prefix(1);
  }
}

byte_count auto_budget(const memory_settings& memory, byte_count mem_total) noexcept {
  if (memory.budget) return *memory.budget;
  const auto safety = static_cast<byte_count>(memory.safety * static_cast<double>(mem_total));
  const byte_count kept_back = memory.os_reserve + safety;
  return mem_total > kept_back ? mem_total - kept_back : 0;
}

}  // namespace rolecall::registry
