#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rolecall::metrics {

using seconds = std::chrono::duration<double>;

/// A process's measured memory, in bytes.
struct measured {
  std::uint64_t pss = 0;
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
  std::uint64_t swapped = 0;
};

/// A role's metrics of the data plane. Thread-safe; lives as long as its catalogue.
class role_metrics {
 public:
  /// `status`: the HTTP status sent to the client.
  virtual void request_finished(unsigned status, seconds duration) = 0;
  virtual void queue_waited(seconds wait) = 0;
  virtual void first_byte(seconds since_forwarded) = 0;
  virtual void in_flight(int delta) = 0;
  virtual void client_gone() = 0;
  virtual void upstream_retried() = 0;

 protected:
  ~role_metrics() = default;
};

/// Every metric of the daemon, named once. Thread-safe; no third-party type shows. All names start
/// with `rolecall_`.
class catalogue {
 public:
  catalogue();
  ~catalogue();
  catalogue(const catalogue&) = delete;
  catalogue& operator=(const catalogue&) = delete;

  // -- data plane
  /// `role`: one of the registry, or "" (unknown).
  [[nodiscard]] role_metrics& of(std::string_view role);
  /// `key`: a name of the key file.
  void key_request_finished(std::string_view key, unsigned status);
  void access_log_dropped(std::uint64_t lines);

  // -- control plane
  /// One-hot over the seven states.
  void instance_state(std::string_view role, std::string_view instance, std::string_view state);
  void instance_restarted(std::string_view role, std::string_view instance,
                          std::string_view reason);
  void load_finished(std::string_view role, std::string_view instance, seconds duration);
  void evicted(std::string_view role, std::string_view reason);
  void memory(std::uint64_t budget_bytes, std::uint64_t reserved_bytes);
  void footprint(std::string_view role, std::string_view instance, std::uint64_t bytes);
  void instance_memory(std::string_view role, std::string_view instance, const measured& bytes);
  void instance_memory_gone(std::string_view role, std::string_view instance);
  void misestimated(std::string_view role);
  /// It is in the registry no more: its gauges go.
  void instance_gone(std::string_view role, std::string_view instance);
  void host_memory(std::uint64_t available_bytes, std::uint64_t missing_bytes);
  /// `priority`: interactive or background.
  void waiting(std::string_view role, std::string_view priority, std::size_t waiters);
  /// It is in the registry no more: its gauges of waiters go.
  void role_gone(std::string_view role);
  void slots(std::string_view role, std::string_view instance, std::uint32_t taken,
             std::uint32_t capacity);

  // -- the daemon
  void registry_generation(std::uint64_t generation);
  /// `outcome`: applied or refused.
  void registry_reloaded(std::string_view outcome);
  /// `file`: the kind, "learned_footprints", "instance_log" …
  void writes_dropped(std::string_view file, std::uint64_t count);
  /// Replaces what was told before. Control thread.
  void build_info(std::string_view version, std::string_view engine);

  /// Prometheus text format 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct role_series;
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::metrics
