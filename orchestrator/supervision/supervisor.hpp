#pragma once

#include "launcher/cgroup.hpp"
#include "launcher/command_line.hpp"
#include "launcher/process.hpp"
#include "orchestrator/residency/gate.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"
#include "orchestrator/supervision/load_phases.hpp"
#include "orchestrator/supervision/record_folder.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::supervision {

/// What a supervisor needs to run one instance.
struct instance_settings {
  registry::instance instance;
  registry::timeouts timeouts;
  restart_policy restart;
  launcher::command_line command;
  std::filesystem::path log;
  registry::byte_count log_limit = 0;
  std::filesystem::path
      model;  ///< the resolved GGUF, compared with /props to know our child from a squatter
  launcher::instance_cgroup cgroup = {};
  int slots = 0;
};

/// Runs one llama-server: carries out what the instance FSM decides. Lives on the control thread,
/// owned by the controller; its coroutine ends when the controller's group is cancelled. Never
/// signals what neither it nor the daemon before it started. Keeps the record of its process.
class supervisor {
 public:
  using listener = std::function<void(const transition&)>;

  supervisor(boost::asio::any_io_executor executor, instance_settings settings,
             residency::gate& gate, record_folder& records, listener on_transition);
  ~supervisor();
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// The coroutine; spawned once by the controller.
  [[nodiscard]] boost::asio::awaitable<void> run();

  /// `wanted_since`: from when it waited for memory; empty: it did not.
  void start(std::optional<time_point> wanted_since = std::nullopt);
  /// Instead of a start: takes over a process that the record describes. `reason`: why it is unfit.
  void adopt(launcher::process running, instance_record record, adopted_condition condition,
             std::string reason);
  /// From now on. The process stays: what differs is at most timeouts, the restart policy and the
  /// log's limit.
  void use(const instance_settings& settings);
  /// Before run(): another supervisor has counted so many starts of this name.
  void count_from(int generation) noexcept;
  /// It can never be started with what it is known to need: it has failed.
  void give_up(std::string reason);
  /// A failed instance is not tried again by itself.
  void stay_failed();
  /// From now on. `waits`: every start waits for take_turn(). `look` is called when one does, and
  /// when a load has read what it reads.
  void take_turns(bool waits, std::function<void()> look);
  [[nodiscard]] bool awaits_turn() const noexcept;
  void take_turn();
  /// It loads, and nothing came from a disk for timeouts.ready_stall.
  [[nodiscard]] bool has_read() const noexcept;
  /// Drains (the gate is closed already or is closed here), then TERM, then KILL after the grace
  /// period.
  void stop(std::string reason);

  [[nodiscard]] const std::string& instance() const noexcept;  ///< its name
  /// Of the present process, or the last one: one that was adopted may write elsewhere than the
  /// next will.
  [[nodiscard]] const std::filesystem::path& log() const noexcept;
  [[nodiscard]] instance_state state() const noexcept;
  [[nodiscard]] const std::string& reason() const noexcept;
  [[nodiscard]] time_point since() const noexcept;  ///< of the present state
  [[nodiscard]] int pid() const noexcept;           ///< 0 when there is no process
  [[nodiscard]] int restarts() const noexcept;
  [[nodiscard]] int generation() const noexcept;  ///< counts starts, 1-based
  [[nodiscard]] std::chrono::milliseconds last_load()
      const noexcept;  ///< spawn → ready of the last load
  /// While it is starting, by the last look at its process, at most a tenth of a second ago unless
  /// the engine leaves a probe waiting: asks nobody, never blocks.
  [[nodiscard]] std::optional<load_report> present_load() const;
  /// Of the load that made it ready, for as long as it is ready; empty when a former daemon began
  /// that load.
  [[nodiscard]] std::optional<load_phases> last_load_phases() const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::supervision
