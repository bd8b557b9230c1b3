#include "orchestrator/supervision/supervisor.hpp"

#include "launcher/host_memory.hpp"
#include "launcher/log_file.hpp"
#include "launcher/oom_kill.hpp"
#include "launcher/port_owner.hpp"
#include "orchestrator/supervision/liveness_watch.hpp"
#include "orchestrator/supervision/load_watch.hpp"
#include "orchestrator/supervision/port_listener.hpp"
#include "orchestrator/supervision/spawn_failure.hpp"
#include "orchestrator/supervision/start_mark.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <exception>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <signal.h>

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

// The gate's one notice of idleness belongs to the planner: draining looks at the count.
constexpr auto lease_check_interval = 10ms;
constexpr auto log_check_interval = 10s;
constexpr auto kill_count_interval = 10s;
constexpr std::size_t lines_in_reason = 5;

/// `total` means the same as `terminal` here: end, and leave the child alone.
asio::cancellation_type end_on_any(asio::cancellation_type type) {
  return type == asio::cancellation_type::none ? type : asio::cancellation_type::terminal;
}

void rethrow_unless_cancelled(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) throw;
  }
}

}  // namespace

/// One queue of events; whatever can happen in the present state is waited for at once, and every
/// watcher puts what it saw into the queue itself, so that nothing is lost when two things happen
/// together.
struct supervisor::implementation {
  implementation(asio::any_io_executor on, instance_settings what, residency::gate& its_gate,
                 record_folder& its_records, listener to_tell)
      : executor(std::move(on)),
        settings(std::move(what)),
        gate(its_gate),
        records(its_records),
        tell(std::move(to_tell)),
        fsm(settings.timeouts, settings.restart),
        arrival(executor, time_point::max()),
        load(executor, settings.log, settings.timeouts.ready_stall,
             [this] {
               if (look_at_turns) look_at_turns();
             }),
        alive(executor, gate) {}

  asio::awaitable<void> run();
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

  asio::awaitable<void> something_happened();
  asio::awaitable<void> request_arrives();
  asio::awaitable<void> process_exits();
  asio::awaitable<void> load_ends();
  asio::awaitable<void> process_wedges();
  asio::awaitable<void> leases_end();
  asio::awaitable<void> timer_elapses();
  asio::awaitable<void> log_is_kept_small();
  asio::awaitable<void> kills_are_counted();
  [[nodiscard]] event timer_event() const;

  asio::any_io_executor executor;
  instance_settings settings;
  residency::gate& gate;
  record_folder& records;
  listener tell;
  instance_fsm fsm;
  std::deque<event> events;
  asio::steady_timer arrival;  // never expires; cancelled by each event that is pushed
  time_point since = steady_clock::now();
  std::chrono::milliseconds last_load{0};

  std::optional<launcher::process> child;
  instance_record record;  // of the present process, or the last one
  time_point spawned_at{};
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

supervisor::supervisor(asio::any_io_executor executor, instance_settings settings,
                       residency::gate& gate, record_folder& records, listener on_transition)
    : implementation_(std::make_unique<implementation>(std::move(executor), std::move(settings),
                                                       gate, records, std::move(on_transition))) {}

supervisor::~supervisor() = default;

asio::awaitable<void> supervisor::run() { return implementation_->run(); }

void supervisor::start() { implementation_->push(start_requested{}); }
void supervisor::adopt(launcher::process running, instance_record record,
                       adopted_condition condition, std::string reason) {
  auto& mine = *implementation_;
  mine.child = std::move(running);
  mine.spawned_at = steady_clock::now() - launcher::age_of(record.process);
  mine.record = std::move(record);
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
  if (a.change.from == instance_state::starting && a.change.to == instance_state::ready)
    last_load = std::chrono::duration_cast<std::chrono::milliseconds>(since - spawned_at);
  tell(a.change);
}

void supervisor::implementation::perform(const spawn&) {
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
  load.begin({settings.instance.port, child->pid(), settings.model}, present_log());
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

event supervisor::implementation::start_process() {
  const auto listeners = listening_inodes(settings.instance.port);
  if (!listeners || !listeners->empty()) {
    const auto owner = launcher::find_port_owner(settings.instance.port, 0);
    if (owner.who != launcher::port_owner::kind::nobody)
      return spawn_failed{launcher::describe(owner, settings.instance.port)};
  }

  // A log that cannot be rotated or marked is told by the spawn, which needs it as well.
  if (settings.log_limit != 0)
    (void)launcher::rotate_log(settings.log, settings.log_limit, /*in_use=*/false);
  append_start_mark(settings.log, settings.instance.name, fsm.generation());

  if (const auto failed = launcher::prepare_cgroup(settings.cgroup))
    return explain_cgroup_failure(*failed);
  announce_start();
  const auto program = record.argv.empty() ? std::string{} : record.argv.front();
  auto spawned_child = launcher::process::spawn(
      executor, {record.argv, record.environment, settings.log, settings.cgroup.folder});
  if (!spawned_child) {
    records.remove(record);
    return explain_spawn_failure(program, spawned_child.error());
  }
  child = std::move(*spawned_child);
  spawned_at = steady_clock::now();
  sent_signal = 0;
  record_start();
  return spawned{};
}

void supervisor::implementation::begin_watching_memory() {
  if (std::exchange(watched_pid, child->pid()) != child->pid())
    oom.begin(child->pid(), settings.cgroup.folder);
}

// For what nobody here did, the kernel is asked, and how much memory there is at this moment.
exited supervisor::implementation::explain(launcher::exit_status status) const {
  launcher::exit_facts facts{
      .status = status,
      .last_lines = lines_since_start(present_log(), launcher::lines_of_an_exit),
      .sent_signal = sent_signal};
  const bool is_riddle = status.unknown || status.signal == SIGKILL;
  if (is_riddle && sent_signal != SIGKILL) {
    facts.oom_kill = oom.evidence();
    const auto host = launcher::read_host_memory("/");
    facts.memory_left = host.left();
    facts.stalled = host.stalled;
  }
  auto why = launcher::explain_exit(facts);
  auto& lines = facts.last_lines;
  if (lines.size() > lines_in_reason) lines.erase(lines.begin(), lines.end() - lines_in_reason);
  return {status, std::move(lines), std::move(why)};
}

void supervisor::implementation::announce_start() {
  record = {.instance = settings.instance.name,
            .role = settings.instance.role,
            .generation = fsm.generation(),
            .process = {launcher::read_boot_id(), 0, launcher::ticks_since_boot()},
            .argv = settings.command.words(),
            .environment = settings.command.environment,
            .port = settings.instance.port,
            .model = settings.model,
            .slots = settings.slots,
            .served = {},
            .log = settings.log,
            .started_at = std::time(nullptr),
            .crashes = fsm.crashes(),
            .restarts = fsm.restarts()};
  records.announce(record);
}

void supervisor::implementation::record_start() {
  const auto birth = launcher::read_birth(child->pid());
  if (!birth) return;  // ended already, as will be told
  record.process.pid = child->pid();
  record.process.start_time = birth->start_time;
  records.announce(record);  // a flush takes its time, in which a daemon may end
  records.write(record);
}

asio::awaitable<void> supervisor::implementation::something_happened() {
  std::vector<decltype(asio::co_spawn(executor, request_arrives(), asio::deferred))> watchers;
  const auto watch = [&](asio::awaitable<void> watcher) {
    watchers.push_back(asio::co_spawn(executor, std::move(watcher), asio::deferred));
  };
  watch(request_arrives());
  if (child) watch(process_exits());
  if (watched_pid != 0) watch(kills_are_counted());
  if (child && settings.log_limit != 0) watch(log_is_kept_small());
  if (watching_load) watch(load_ends());
  if (child && fsm.state() == instance_state::ready && settings.timeouts.wedged)
    watch(process_wedges());
  if (watching_leases) watch(leases_end());
  if (timer) watch(timer_elapses());

  const auto ended = co_await asio::experimental::make_parallel_group(std::move(watchers))
                         .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  for (const auto& failure : std::get<1>(ended)) rethrow_unless_cancelled(failure);
}

asio::awaitable<void> supervisor::implementation::request_arrives() {
  if (events.empty()) co_await arrival.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> supervisor::implementation::process_exits() {
  const auto status = co_await child->async_wait();
  auto end = explain(status);  // while its cgroup is there
  launcher::kill_members(settings.cgroup, child->pid());
  child.reset();
  watched_pid = 0;  // another process may have it next
  records.remove(record);
  launcher::remove_cgroup(settings.cgroup);
  push(std::move(end));
}

asio::awaitable<void> supervisor::implementation::load_ends() {
  auto outcome = co_await load.async_outcome();
  if (!child) co_return;  // its exit has been told, and nothing else is true
  if (const auto* ready = std::get_if<became_ready>(&outcome)) {
    record.served = ready->served;
    records.write(record);
  }
  push(std::move(outcome));
}

asio::awaitable<void> supervisor::implementation::process_wedges() {
  auto found = co_await alive.async_wedged(*settings.timeouts.wedged);
  if (child) push(std::move(found));
}

asio::awaitable<void> supervisor::implementation::kills_are_counted() {
  asio::steady_timer pause(executor);
  for (;;) {
    pause.expires_after(kill_count_interval);
    co_await pause.async_wait(asio::use_awaitable);
    oom.look();
  }
}

asio::awaitable<void> supervisor::implementation::leases_end() {
  asio::steady_timer pause(executor);
  while (gate.leases() != 0) {
    pause.expires_after(lease_check_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
  push(drained{});
}

asio::awaitable<void> supervisor::implementation::timer_elapses() {
  asio::steady_timer wait(executor, *timer);
  co_await wait.async_wait(asio::use_awaitable);
  timer.reset();
  push(timer_event());
}

event supervisor::implementation::timer_event() const {
  switch (fsm.state()) {
    case instance_state::draining:
      return drain_elapsed{};
    case instance_state::stopping:
      return grace_elapsed{};
    case instance_state::backoff:
      return backoff_elapsed{};
    case instance_state::failed:
      return cool_down_elapsed{};
    case instance_state::ready:
    // The rest arm no timer.
    case instance_state::stopped:
    case instance_state::starting:
      break;
  }
  return settled{};
}

// Copying megabytes is no work for the control thread; whoever appends meanwhile is the child,
// which does not care.
asio::awaitable<void> supervisor::implementation::log_is_kept_small() {
  asio::steady_timer pause(executor);
  for (;;) {
    pause.expires_after(log_check_interval);
    co_await pause.async_wait(asio::use_awaitable);
    std::error_code ec;
    const auto size = std::filesystem::file_size(present_log(), ec);
    if (!ec && size > settings.log_limit)
      asio::post(asio::system_executor{}, [log = present_log(), limit = settings.log_limit] {
        (void)launcher::rotate_log(log, limit, /*in_use=*/true);
      });
  }
}

}  // namespace rolecall::supervision
