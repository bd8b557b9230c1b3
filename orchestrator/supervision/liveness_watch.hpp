#pragma once

#include "orchestrator/residency/gate.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"
#include "orchestrator/supervision/liveness.hpp"

#include <chrono>
#include <cstdint>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::supervision {

/// Looks at a ready process every look_gap() until it is found wedged: one GET /health and two
/// small files of /proc. While requests run and nothing comes of them it asks for /slots as well,
/// which only the engine's own loop can answer. Lives on the control thread, as long as its
/// supervisor.
class liveness_watch {
 public:
  /// `gate`: of the instance; data threads tell it of every byte.
  liveness_watch(boost::asio::any_io_executor executor, const residency::gate& gate);

  /// From now on this process is meant, which has just answered.
  void begin(std::uint16_t port, int pid);

  /// `limit`: registry::timeouts::wedged. Cancellable, and may be called again after that.
  [[nodiscard]] boost::asio::awaitable<wedged> async_wedged(std::chrono::seconds limit);

 private:
  [[nodiscard]] boost::asio::awaitable<vital_signs> look(std::chrono::milliseconds patience) const;

  boost::asio::any_io_executor executor_;
  const residency::gate& gate_;
  std::uint16_t port_ = 0;
  int pid_ = 0;
  time_point last_look_{};
  liveness judge_;
};

}  // namespace rolecall::supervision
