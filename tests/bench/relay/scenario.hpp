#pragma once

#include "tests/bench/relay/contestants.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::bench {

/// What is measured, from one proxy at a time.
struct scenario {
  enum class kind { requests, latency, streams, upload };

  std::string name;
  std::string title;
  kind what = kind::requests;
  std::size_t connections = 1;  ///< or streams
  double rate = 0;              ///< requests a second, or events a second of each stream
  bool model_is_last = false;   ///< of uploads
};

/// In the order of the table. Streams for which there are too few descriptors are fewer, and the
/// title says so: a proxy takes two for each.
[[nodiscard]] std::vector<scenario> all_scenarios(std::size_t descriptors);

/// One figure of one run.
struct figure {
  std::string metric;  ///< with its unit
  double value = 0;
};

struct measuring {
  std::chrono::duration<double> window{2};  ///< after a warm-up
};

/// Puts the scenario's load on the proxy and takes its figures. Throws std::runtime_error when it
/// cannot.
[[nodiscard]] std::vector<figure> measure(const scenario& chosen, const contestants& running,
                                          proxy_kind proxy, const measuring& how);

namespace metric {
inline constexpr const char* requests = "requests/s";
inline constexpr const char* requests_per_core = "requests/s per core";
inline constexpr const char* cpu_per_request = "CPU µs/request";
inline constexpr const char* proxy_load = "proxy's CPU %";
inline constexpr const char* other_load = "load's CPU %";
inline constexpr const char* strangers_load = "others' CPU %";  ///< on the proxy's CPUs
inline constexpr const char* failures = "failed";
inline constexpr const char* median_latency = "p50 µs";
inline constexpr const char* late_latency = "p99 µs";
inline constexpr const char* added_median = "added p50 µs";
inline constexpr const char* added_late = "added p99 µs";
inline constexpr const char* cpu_per_event = "CPU µs/chunk";
inline constexpr const char* delivered = "delivered %";
inline constexpr const char* merged = "merged %";
inline constexpr const char* several = "reads of several %";
inline constexpr const char* resident = "RSS MiB";
inline constexpr const char* upload_time = "ms";
inline constexpr const char* growth = "peak growth MiB";
}  // namespace metric

}  // namespace rolecall::bench
