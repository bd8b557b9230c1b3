#include "orchestrator/metrics/exposition.hpp"

#include <stdexcept>
#include <type_traits>

namespace rolecall::metrics {
namespace {

template <typename Metric>
constexpr metric_type type_of = metric_type::counter;
template <>
constexpr metric_type type_of<Gauge> = metric_type::gauge;
template <>
constexpr metric_type type_of<Histogram> = metric_type::histogram;

}  // namespace

template <typename Metric>
Metric& family<Metric>::at(const std::string& labels) {
  const std::lock_guard lock{mutex_};
  auto& metric = metrics_[labels];
  if (metric) return *metric;
  if constexpr (std::is_same_v<Metric, Histogram>)
    metric = std::make_unique<Metric>(
        std::vector<double>{defined_by().limits.begin(), defined_by().limits.end()});
  else
    metric = std::make_unique<Metric>();
  return *metric;
}

template <typename Metric>
void family<Metric>::remove(const std::string& labels) {
  const std::lock_guard lock{mutex_};
  metrics_.erase(labels);
}

template <typename Metric>
void family<Metric>::append_to(std::string& text) const {
  const std::lock_guard lock{mutex_};
  if (metrics_.empty()) return;
  const auto& d = defined_by();
  append_heading(text, d);
  for (const auto& [labels, metric] : metrics_) {
    if constexpr (std::is_same_v<Metric, Histogram>)
      append_histogram(text, d.name, labels, metric->Collect().histogram);
    else
      append_sample(text, d.name, labels, metric->Value());
  }
}

template class family<Counter>;
template class family<Gauge>;
template class family<Histogram>;

template <typename Metric>
family<Metric>& exposition::of(const definition& d) {
  if (d.type != type_of<Metric>)
    throw std::logic_error(std::string{d.name} + " is of another type");
  const std::lock_guard lock{mutex_};
  for (const auto& known : families_)
    if (&known->defined_by() == &d) return static_cast<family<Metric>&>(*known);
  auto made = std::make_unique<family<Metric>>(d);
  auto& result = *made;
  families_.push_back(std::move(made));
  return result;
}

template family<Counter>& exposition::of(const definition&);
template family<Gauge>& exposition::of(const definition&);
template family<Histogram>& exposition::of(const definition&);

std::string exposition::text() const {
  constexpr std::size_t usual_size = 1 << 19;  // of some thirty roles
  std::string text;
  text.reserve(usual_size);
  const std::lock_guard lock{mutex_};
  for (const auto& one : families_) one->append_to(text);
  return text;
}

}  // namespace rolecall::metrics
