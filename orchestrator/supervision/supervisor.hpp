#pragma once

#include "launcher/command_line.hpp"
#include "launcher/process.hpp"
#include "orchestrator/residency/gate.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::supervision {

/// What a supervisor needs to run one instance; fixed for its life.
struct instance_settings {
  registry::instance instance;
  registry::timeouts timeouts;
  restart_policy restart;
  launcher::command_line command;
  std::filesystem::path log;
  registry::byte_count log_limit = 0;
  std::filesystem::path
      model;  ///< the resolved GGUF, compared with /props to know our child from a squatter
};

/// Runs one llama-server: carries out what the instance FSM decides. Lives on the control thread,
/// owned by the controller; its coroutine ends when the controller's group is cancelled. Never
/// signals what it did not start.
class supervisor {
 public:
  using listener = std::function<void(const transition&)>;

  supervisor(boost::asio::any_io_executor executor, instance_settings settings,
             residency::gate& gate, listener on_transition);
  ~supervisor();
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// The coroutine; spawned once by the controller.
  [[nodiscard]] boost::asio::awaitable<void> run();

  void start();
  /// Drains (the gate is closed already or is closed here), then TERM, then KILL after the grace
  /// period.
  void stop(std::string reason);

  [[nodiscard]] instance_state state() const noexcept;
  [[nodiscard]] const std::string& reason() const noexcept;
  [[nodiscard]] time_point since() const noexcept;  ///< of the present state
  [[nodiscard]] int pid() const noexcept;           ///< 0 when there is no process
  [[nodiscard]] int restarts() const noexcept;
  [[nodiscard]] int generation() const noexcept;  ///< counts starts, 1-based
  [[nodiscard]] std::chrono::milliseconds last_load()
      const noexcept;  ///< spawn → ready of the last load

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::supervision
