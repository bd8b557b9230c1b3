#pragma once

// Private to this folder: prometheus-cpp's types show.

#include "orchestrator/metrics/definition.hpp"

#include <span>
#include <string>
#include <string_view>

#include <prometheus/client_metric.h>

// Prometheus' text format 0.0.4, written to the end of a string.
// prometheus-cpp's own form takes a scrape of 32 roles beyond its 5 ms: the registry copies every
// label first, and the serializer writes every number through a stream.

namespace rolecall::metrics {

/// `instance="x",role="y"`: by name, values escaped. `values` in the order of the definition's
/// labels.
[[nodiscard]] std::string labels_text(const definition& d,
                                      std::span<const std::string_view> values);

/// The lines HELP and TYPE.
void append_heading(std::string& text, const definition& d);

/// `labels`: of labels_text(), may be empty.
void append_sample(std::string& text, std::string_view name, std::string_view labels, double value);

/// The samples _count, _sum and _bucket. The buckets end with the infinite one.
void append_histogram(std::string& text, std::string_view name, std::string_view labels,
                      const prometheus::ClientMetric::Histogram& histogram);

}  // namespace rolecall::metrics
