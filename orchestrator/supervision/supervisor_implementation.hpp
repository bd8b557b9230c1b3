#pragma once

#include "launcher/oom_kill.hpp"
#include "orchestrator/supervision/liveness_watch.hpp"
#include "orchestrator/supervision/load_phases.hpp"
#include "orchestrator/supervision/load_watch.hpp"
#include "orchestrator/supervision/supervisor.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <utility>

#include <boost/asio/steady_timer.hpp>

// Inside of supervisor: the queue is in supervisor.cpp, the process in supervisor_process.cpp, what
// is waited for in supervisor_watch.cpp.

namespace rolecall::supervision {

/// One queue of events; whatever can happen in the present state is waited for at once, and every
/// watcher puts what it saw into the queue itself, so that nothing is lost when two things happen
/// together.
struct supervisor::implementation {
  implementation(boost::asio::any_io_executor on, instance_settings what, residency::gate& its_gate,
                 record_folder& its_records, listener to_tell)
      : executor(std::move(on)),
        settings(std::move(what)),
        gate(its_gate),
        records(its_records),
        tell(std::move(to_tell)),
        fsm(settings.timeouts, settings.restart),
        arrival(executor, time_point::max()),
        load(executor, settings.timeouts.ready_stall, phases,
             [this] {
               if (look_at_turns) look_at_turns();
             }),
        alive(executor, gate) {}

  boost::asio::awaitable<void> run();
  void push(event e);

  void take(event e);
  void perform(const report& a);
  void perform(const spawn& a);
  void perform(const watch_load& a);
  void perform(const watch_leases& a);
  void perform(const send_signal& a);
  void perform(const arm_timer& a);
  void perform(const start_again& a);
  event start_process();
  void begin_watching_memory();
  [[nodiscard]] exited explain(launcher::exit_status status) const;
  void announce_start();
  void record_start();
  [[nodiscard]] const std::filesystem::path& present_log() const noexcept {
    return record.log.empty() ? settings.log : record.log;
  }

  boost::asio::awaitable<void> something_happened();
  boost::asio::awaitable<void> request_arrives();
  boost::asio::awaitable<void> process_exits();
  boost::asio::awaitable<void> load_ends();
  boost::asio::awaitable<void> process_wedges();
  boost::asio::awaitable<void> leases_end();
  boost::asio::awaitable<void> timer_elapses();
  boost::asio::awaitable<void> log_is_kept_small();
  boost::asio::awaitable<void> kills_are_counted();
  [[nodiscard]] event timer_event() const;

  boost::asio::any_io_executor executor;
  instance_settings settings;
  residency::gate& gate;
  record_folder& records;
  listener tell;
  instance_fsm fsm;
  std::deque<event> events;
  boost::asio::steady_timer arrival;  // never expires; cancelled by each event that is pushed
  time_point since = std::chrono::steady_clock::now();
  std::chrono::milliseconds last_load{0};

  std::optional<launcher::process> child;
  instance_record record;  // of the present process, or the last one
  time_point spawned_at{};
  std::uintmax_t log_offset = 0;          // where its output begins
  std::optional<time_point> waits_since;  // for memory; of the start that is being taken
  load_phases phases;                     // of the present load, or the last one
  bool is_loaded = false;                 // by the load that `phases` tells of
  load_watch load;
  liveness_watch alive;
  launcher::oom_watch oom;
  int watched_pid = 0;  // by oom
  int sent_signal = 0;  // to the present process
  std::minstd_rand draws{std::random_device{}()};
  bool takes_turns = false;
  std::function<void()> look_at_turns;
  // Of the present state:
  bool awaits_turn = false;
  bool watching_load = false;
  bool watching_leases = false;
  std::optional<time_point> timer;
};

}  // namespace rolecall::supervision
