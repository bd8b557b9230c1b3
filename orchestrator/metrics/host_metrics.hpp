#pragma once

#include "orchestrator/metrics/samples.hpp"

#include <cstdint>
#include <memory>

namespace rolecall::metrics {

class exposition;

/// The budget, and the host that it is a part of. What the host does not tell is not shown. Owned
/// by the catalogue. Control thread.
class host_metrics {
 public:
  explicit host_metrics(exposition& shown);
  ~host_metrics();
  host_metrics(const host_metrics&) = delete;
  host_metrics& operator=(const host_metrics&) = delete;

  /// Bytes: what reservations may add up to, and what they do.
  void budget(std::uint64_t budget_bytes, std::uint64_t reserved_bytes);
  /// Bytes: what strangers leave, and what of it is missing to host.memory.floor.
  void memory_left(std::uint64_t available_bytes, std::uint64_t missing_bytes);
  void sample(const host_sample& now);

 private:
  struct series_of_host;
  std::unique_ptr<series_of_host> series_;
};

}  // namespace rolecall::metrics
