#include "orchestrator/supervision/supervisor.hpp"

#include "orchestrator/supervision/supervisor_implementation.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>

#include <signal.h>

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

/// `total` means the same as `terminal` here: end, and leave the child alone.
asio::cancellation_type end_on_any(asio::cancellation_type type) {
  return type == asio::cancellation_type::none ? type : asio::cancellation_type::terminal;
}

}  // namespace

supervisor::supervisor(asio::any_io_executor executor, instance_settings settings,
                       residency::gate& gate, record_folder& records, listener on_transition)
    : implementation_(std::make_unique<implementation>(std::move(executor), std::move(settings),
                                                       gate, records, std::move(on_transition))) {}

supervisor::~supervisor() = default;

asio::awaitable<void> supervisor::run() { return implementation_->run(); }

void supervisor::start(std::optional<time_point> wanted_since) {
  implementation_->push(start_requested{wanted_since});
}
void supervisor::adopt(launcher::process running, instance_record record,
                       adopted_condition condition, std::string reason) {
  auto& mine = *implementation_;
  mine.child = std::move(running);
  mine.spawned_at = steady_clock::now() - launcher::age_of(record.process);
  mine.record = std::move(record);
  mine.phases = load_phases::of_adopted(mine.spawned_at, steady_clock::now());
  std::error_code unreadable;
  mine.log_offset = std::filesystem::file_size(mine.present_log(), unreadable);
  if (unreadable) mine.log_offset = 0;
  mine.push(adopted{condition, std::move(reason), mine.record.generation, mine.record.crashes,
                    mine.record.restarts});
}
void supervisor::give_up(std::string reason) { implementation_->push(given_up{std::move(reason)}); }
void supervisor::stay_failed() {
  if (state() != instance_state::failed) return;
  implementation_->timer.reset();
  implementation_->arrival.cancel();
}
void supervisor::take_turns(bool waits, std::function<void()> look) {
  implementation_->takes_turns = waits;
  implementation_->look_at_turns = std::move(look);
}
bool supervisor::awaits_turn() const noexcept { return implementation_->awaits_turn; }
void supervisor::take_turn() {
  auto& mine = *implementation_;
  if (std::exchange(mine.awaits_turn, false)) mine.push(mine.start_process());
}
bool supervisor::has_read() const noexcept {
  return implementation_->watching_load && implementation_->load.has_read();
}
void supervisor::stop(std::string reason) {
  implementation_->push(stop_requested{std::move(reason)});
}

void supervisor::use(const instance_settings& settings) {
  auto& mine = *implementation_;
  mine.settings.timeouts = settings.timeouts;
  mine.settings.restart = settings.restart;
  mine.settings.log_limit = settings.log_limit;
  mine.fsm.use(settings.timeouts, settings.restart);
  mine.load.use(settings.timeouts.ready_stall);
  mine.arrival.cancel();  // what is waited for is looked at anew
}
void supervisor::count_from(int generation) noexcept {
  implementation_->fsm.count_from(generation);
}

const std::string& supervisor::instance() const noexcept {
  return implementation_->settings.instance.name;
}
const std::filesystem::path& supervisor::log() const noexcept {
  return implementation_->present_log();
}
instance_state supervisor::state() const noexcept { return implementation_->fsm.state(); }
const std::string& supervisor::reason() const noexcept { return implementation_->fsm.reason(); }
time_point supervisor::since() const noexcept { return implementation_->since; }
int supervisor::pid() const noexcept {
  return implementation_->child ? implementation_->child->pid() : 0;
}
int supervisor::restarts() const noexcept { return implementation_->fsm.restarts(); }
int supervisor::generation() const noexcept { return implementation_->fsm.generation(); }
std::chrono::milliseconds supervisor::last_load() const noexcept {
  return implementation_->last_load;
}
std::optional<load_report> supervisor::present_load() const {
  if (state() != instance_state::starting) return std::nullopt;
  return implementation_->phases.report(steady_clock::now());
}
std::optional<load_phases> supervisor::last_load_phases() const {
  const auto& mine = *implementation_;
  if (!mine.is_loaded || !mine.phases.is_whole()) return std::nullopt;
  return mine.phases;
}

asio::awaitable<void> supervisor::implementation::run() {
  co_await asio::this_coro::reset_cancellation_state(end_on_any, end_on_any);
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  while (cancellation.cancelled() == asio::cancellation_type::none) {
    while (!events.empty()) {
      auto next = std::move(events.front());
      events.pop_front();
      take(std::move(next));
    }
    co_await something_happened();
  }
}

void supervisor::implementation::push(event e) {
  events.push_back(std::move(e));
  arrival.cancel();
}

void supervisor::implementation::take(event e) {
  if (auto* stop = std::get_if<stop_requested>(&e)) {
    gate.close();  // before the leases are counted: the count can only fall from here
    stop->leases = gate.leases();
  }
  const auto* asked = std::get_if<start_requested>(&e);
  waits_since = asked != nullptr ? asked->wanted_since : std::nullopt;
  for (const auto& decided : fsm.step(e))
    std::visit([this](const auto& a) { perform(a); }, decided);
}

void supervisor::implementation::perform(const report& a) {
  watching_load = false;
  watching_leases = false;
  timer.reset();
  since = steady_clock::now();
  if (std::exchange(awaits_turn, false)) push(spawn_failed{"stopped before its turn"});
  if (a.change.to == instance_state::ready && child) {
    begin_watching_memory();
    alive.begin(settings.instance.port, child->pid());
  }
  is_loaded = a.change.to == instance_state::ready && a.change.from == instance_state::starting;
  if (is_loaded) {
    phases.ended(since);
    last_load = std::chrono::duration_cast<std::chrono::milliseconds>(since - spawned_at);
  }
  tell(a.change);
}

void supervisor::implementation::perform(const spawn&) {
  const auto now = steady_clock::now();
  phases = load_phases(waits_since.value_or(now), now);
  if (!takes_turns) {
    push(start_process());
    return;
  }
  awaits_turn = true;
  look_at_turns();
}

void supervisor::implementation::perform(const watch_load&) {
  if (!child) return;  // gone already: its exit is in the queue
  begin_watching_memory();
  load.begin({settings.instance.port, child->pid(), settings.model}, present_log(), log_offset);
  watching_load = true;
}

void supervisor::implementation::perform(const watch_leases&) { watching_leases = true; }

void supervisor::implementation::perform(const send_signal& a) {
  if (!child) return;
  sent_signal = a.signal;
  // A daemon that is killed now leaves a process that ends: not one to wait for.
  if (!std::exchange(record.stopping, true)) records.announce(record);
  child->signal_group(a.signal);
  // TERM does not reach a process that was stopped by a signal; systemd does the same.
  if (a.signal == SIGTERM) child->signal_group(SIGCONT);
}

void supervisor::implementation::perform(const arm_timer& a) {
  const auto draw = static_cast<double>(draws() - draws.min()) / (draws.max() - draws.min());
  timer =
      steady_clock::now() +
      (fsm.state() == instance_state::backoff ? restart_policy::jittered(a.delay, draw) : a.delay);
}

void supervisor::implementation::perform(const start_again&) { push(start_requested{}); }

}  // namespace rolecall::supervision
