#pragma once

#include "launcher/host_memory.hpp"

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::rolectl {

/// How much RAM the sizing guide reckons with. It counts plain GB (10^9 bytes), but compares its
/// thresholds with what `free -g` prints, whole GiB.
struct ram_amount {
  double gigabytes = 0;
  double thresholds = 0;  ///< what the field guide's thresholds are compared with
  std::string source;     ///< "given", "this host", "the cgroup /x"
};

/// "512GB" and "512" are 512 GB, for the thresholds as well; "512GiB" is 549.8 GB, and 512 for the
/// thresholds. The error starts where "cannot read --ram: " ends.
[[nodiscard]] boost::system::result<ram_amount, std::string> parse_ram(std::string_view text);

/// Of a measured host, or the cgroup around it when that has less.
[[nodiscard]] ram_amount ram_of(const launcher::host_memory& memory);

/// parse_ram(text), or this host's memory when it is empty.
[[nodiscard]] boost::system::result<ram_amount, std::string> ram_or_host(std::string_view text);

}  // namespace rolecall::rolectl
