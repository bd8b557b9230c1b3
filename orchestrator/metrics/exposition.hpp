#pragma once

// Private to this folder: the catalogue's definitions on prometheus-cpp's metrics.

#include "orchestrator/metrics/definition.hpp"
#include "orchestrator/metrics/text_form.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace rolecall::metrics {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

/// What every family has, of whichever type.
class any_family {
 public:
  explicit any_family(const definition& d) : definition_(d) {}
  virtual ~any_family() = default;
  any_family(const any_family&) = delete;
  any_family& operator=(const any_family&) = delete;

  [[nodiscard]] const definition& defined_by() const noexcept { return definition_; }
  /// Nothing without a series.
  virtual void append_to(std::string& text) const = 0;

 private:
  const definition& definition_;
};

/// The series of one definition, by their labels. Thread-safe: every call locks, so what is counted
/// often keeps the metric that it was given.
template <typename Metric>
class family final : public any_family {
 public:
  using any_family::any_family;

  /// As the text form has them. Values in the order of the definition's labels.
  template <typename... Value>
  [[nodiscard]] std::string labels(const Value&... values) const {
    static_assert(sizeof...(Value) <= definition::most_labels);
    return labels_text(defined_by(), std::array<std::string_view, sizeof...(Value)>{values...});
  }

  /// The series with these labels, from now on shown. Valid until it is removed.
  [[nodiscard]] Metric& at(const std::string& labels);
  template <typename... Value>
  [[nodiscard]] Metric& with(const Value&... values) {
    return at(labels(values...));
  }

  void remove(const std::string& labels);
  void append_to(std::string& text) const override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Metric>> metrics_;
};

/// Everything that a scrape shows. Thread-safe.
class exposition {
 public:
  /// The only one of this definition, whose type is Metric's. Valid as long as the exposition.
  template <typename Metric>
  [[nodiscard]] family<Metric>& of(const definition& d);

  /// The text form of all series at present.
  [[nodiscard]] std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<any_family>> families_;
};

/// One series that is shown from its first use until it is removed. Not thread-safe.
template <typename Metric>
class series {
 public:
  template <typename... Value>
  explicit series(family<Metric>& all, const Value&... values)
      : all_(all), labels_(all.labels(values...)) {}
  template <typename... Value>
  series(exposition& shown, const definition& d, const Value&... values)
      : series(shown.of<Metric>(d), values...) {}

  [[nodiscard]] Metric& operator*() {
    if (shown_ == nullptr) shown_ = &all_.at(labels_);
    return *shown_;
  }
  Metric* operator->() { return &**this; }

  void remove() {
    if (std::exchange(shown_, nullptr) != nullptr) all_.remove(labels_);
  }

 private:
  family<Metric>& all_;
  std::string labels_;
  Metric* shown_ = nullptr;
};

/// A value that is not known is not shown. Bytes are exact up to 2^53.
inline void show(series<Gauge>& gauge, std::optional<double> value) {
  if (value)
    gauge->Set(*value);
  else
    gauge.remove();
}

/// To the millisecond, which a double still tells exactly.
inline double unix_seconds(std::chrono::system_clock::time_point at) {
  using std::chrono::milliseconds;
  return static_cast<double>(
             std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count()) /
         1000;
}

/// For totals that somebody else counts. One that falls, as /proc/stat's iowait may, stays.
inline void raise_to(series<Counter>& counter, double total) {
  counter->Increment(std::max(0.0, total - counter->Value()));
}

}  // namespace rolecall::metrics
