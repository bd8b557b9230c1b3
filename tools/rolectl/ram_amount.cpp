#include "tools/rolectl/ram_amount.hpp"

#include "registry/quantities.hpp"

#include <cmath>

namespace rolecall::rolectl {
namespace {

constexpr double gigabyte = 1e9;
constexpr double gibibyte = 1ULL << 30;

}  // namespace

boost::system::result<ram_amount, std::string> parse_ram(std::string_view text) {
  const bool plain = text.find_first_not_of("0123456789.") == std::string_view::npos;
  const auto bytes = registry::parse_bytes(std::string(text) + (plain ? "GB" : ""));
  if (!bytes) return registry::refused{bytes.error()};
  const auto amount = static_cast<double>(*bytes);
  if (amount < gibibyte) return registry::refused{"'" + std::string(text) + "' is less than 1 GiB"};
  const bool binary = text.ends_with("iB");
  return ram_amount{.gigabytes = amount / gigabyte,
                    .thresholds = binary ? std::floor(amount / gibibyte) : amount / gigabyte,
                    .source = "given"};
}

ram_amount ram_of(const launcher::host_memory& memory) {
  const auto amount = static_cast<double>(memory.limit());
  const bool limited = memory.limit() < memory.total;
  return {.gigabytes = amount / gigabyte,
          .thresholds = std::floor(amount / gibibyte),
          .source = limited ? memory.limited_by() : "this host"};
}

boost::system::result<ram_amount, std::string> ram_or_host(std::string_view text) {
  if (text.empty()) return ram_of(launcher::read_host_memory("/"));
  auto given = parse_ram(text);
  if (!given) return registry::refused{"cannot read --ram: " + given.error()};
  return given;
}

}  // namespace rolecall::rolectl
