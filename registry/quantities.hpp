#pragma once

#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// The error text says what is wrong with the value, ready to follow "cannot read <key>: ".
template <class T>
using parsed = boost::system::result<T, std::string>;

/// An error of result<T, std::string>, for a T that could itself be made from a string.
struct refused {
  std::string reason;

  template <class T>
  operator boost::system::result<T, std::string>() && {
    return {boost::system::in_place_error, std::move(reason)};
  }
};

/// "16GiB", "1.5 MiB", "500MB", "4096" (bytes). KiB/MiB/GiB/TiB count in 1024s, KB/MB/GB/TB in
/// 1000s.
[[nodiscard]] parsed<byte_count> parse_bytes(std::string_view text);
/// "18.6 GiB", "512 B": one decimal, in 1024s, for people.
[[nodiscard]] std::string format_bytes(byte_count bytes);

/// "60s", "10m", "1h30m". A number without a unit is refused: nobody can tell what it meant.
[[nodiscard]] parsed<std::chrono::seconds> parse_duration(std::string_view text);
/// The inverse, exact and shortest: "1m30s"; zero is "0s".
[[nodiscard]] std::string format_duration(std::chrono::seconds duration);
/// A measured time, for people: "38 ms", "12.3 s", "3m12s".
[[nodiscard]] std::string format_elapsed(std::chrono::duration<double> elapsed);

/// "15%" or "0.15" → 0.15.
[[nodiscard]] parsed<double> parse_share(std::string_view text);

/// "0-3,8" → {0,1,2,3,8}: numbers of 0 … `highest`, at most 65536 of them.
[[nodiscard]] parsed<std::vector<int>> parse_number_list(std::string_view text, int highest);

/// What the fleet may reserve: the budget as given, or MemTotal − os_reserve − safety · MemTotal,
/// never below 0.
[[nodiscard]] byte_count auto_budget(const memory_settings& memory, byte_count mem_total) noexcept;

}  // namespace rolecall::registry
