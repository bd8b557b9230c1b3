#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace rolecall::metrics {

enum class metric_type { counter, gauge, histogram };

/// One metric as operators read about it: base units, `_total` on counters, bounded labels. Those
/// of the catalogue stand in role_definitions.hpp, instance_definitions.hpp, host_definitions.hpp
/// and daemon_definitions.hpp.
struct definition {
  static constexpr std::size_t most_labels = 3;

  std::string_view name;
  metric_type type = metric_type::gauge;
  std::array<std::string_view, most_labels> labels;  ///< unused ones are empty
  std::string_view help;
  std::span<const double> limits =
      {};  ///< of a histogram's buckets, without the last, infinite one
};

/// "counter", "gauge", "histogram".
[[nodiscard]] std::string_view to_string(metric_type type) noexcept;

/// Every metric of the catalogue, in the order of the documentation.
[[nodiscard]] std::span<const definition> definitions() noexcept;

/// The definitions as the Markdown table of docs/metrics.md.
[[nodiscard]] std::string definitions_as_markdown();

/// The limits of the histograms' buckets as the second Markdown table there.
[[nodiscard]] std::string limits_as_markdown();

}  // namespace rolecall::metrics
