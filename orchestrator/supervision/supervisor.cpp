#include "orchestrator/supervision/supervisor.hpp"

#include "launcher/log_file.hpp"
#include "launcher/port_owner.hpp"
#include "orchestrator/supervision/load_watch.hpp"
#include "orchestrator/supervision/port_listener.hpp"
#include "orchestrator/supervision/start_mark.hpp"

#include <deque>
#include <exception>
#include <optional>
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

namespace rolecall::supervision {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

// The gate's one notice of idleness belongs to the planner: draining looks at the count.
constexpr auto lease_check_interval = 10ms;
constexpr auto log_check_interval = 10s;
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
                 listener to_tell)
      : executor(std::move(on)),
        settings(std::move(what)),
        gate(its_gate),
        tell(std::move(to_tell)),
        fsm(settings.timeouts, settings.restart),
        arrival(executor, time_point::max()),
        load(executor, settings.log, settings.timeouts.ready_stall) {}

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

  asio::awaitable<void> something_happened();
  asio::awaitable<void> request_arrives();
  asio::awaitable<void> process_exits();
  asio::awaitable<void> load_ends();
  asio::awaitable<void> leases_end();
  asio::awaitable<void> timer_elapses();
  asio::awaitable<void> log_is_kept_small();
  [[nodiscard]] event timer_event() const;

  asio::any_io_executor executor;
  instance_settings settings;
  residency::gate& gate;
  listener tell;
  instance_fsm fsm;
  std::deque<event> events;
  asio::steady_timer arrival;  // never expires; cancelled by each event that is pushed
  time_point since = steady_clock::now();
  std::chrono::milliseconds last_load{0};

  std::optional<launcher::process> child;
  time_point spawned_at{};
  load_watch load;
  // Of the present state:
  bool watching_load = false;
  bool watching_leases = false;
  std::optional<time_point> timer;
};

supervisor::supervisor(asio::any_io_executor executor, instance_settings settings,
                       residency::gate& gate, listener on_transition)
    : implementation_(std::make_unique<implementation>(std::move(executor), std::move(settings),
                                                       gate, std::move(on_transition))) {}

supervisor::~supervisor() = default;

asio::awaitable<void> supervisor::run() { return implementation_->run(); }

void supervisor::start() { implementation_->push(start_requested{}); }
void supervisor::stop(std::string reason) {
  implementation_->push(stop_requested{std::move(reason)});
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
  if (a.change.to == instance_state::ready)
    last_load = std::chrono::duration_cast<std::chrono::milliseconds>(since - spawned_at);
  tell(a.change);
}

void supervisor::implementation::perform(const spawn&) { push(start_process()); }

void supervisor::implementation::perform(const watch_load&) {
  if (!child) return;  // gone already: its exit is in the queue
  load.begin({settings.instance.port, child->pid(), settings.model});
  watching_load = true;
}

void supervisor::implementation::perform(const watch_leases&) { watching_leases = true; }

void supervisor::implementation::perform(const send_signal& a) {
  if (child) child->signal_group(a.signal);
}

void supervisor::implementation::perform(const arm_timer& a) {
  timer = steady_clock::now() + a.delay;
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

  auto argv = settings.command.words();
  const auto program = argv.empty() ? std::string{} : argv.front();
  auto spawned_child = launcher::process::spawn(
      executor, {std::move(argv), settings.command.environment, settings.log});
  if (!spawned_child)
    return spawn_failed{"cannot start " + program + ": " + spawned_child.error().message()};
  child = std::move(*spawned_child);
  spawned_at = steady_clock::now();
  return spawned{};
}

asio::awaitable<void> supervisor::implementation::something_happened() {
  std::vector<decltype(asio::co_spawn(executor, request_arrives(), asio::deferred))> watchers;
  const auto watch = [&](asio::awaitable<void> watcher) {
    watchers.push_back(asio::co_spawn(executor, std::move(watcher), asio::deferred));
  };
  watch(request_arrives());
  if (child) watch(process_exits());
  if (child && settings.log_limit != 0) watch(log_is_kept_small());
  if (watching_load) watch(load_ends());
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
  child.reset();
  push(exited{status, lines_since_start(settings.log, lines_in_reason)});
}

asio::awaitable<void> supervisor::implementation::load_ends() {
  auto outcome = co_await load.async_outcome();
  if (child)
    push(std::move(outcome));  // otherwise its exit has been told, and nothing else is true
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
    case instance_state::ready:
    // The rest arm no timer.
    case instance_state::stopped:
    case instance_state::starting:
    case instance_state::failed:
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
    const auto size = std::filesystem::file_size(settings.log, ec);
    if (!ec && size > settings.log_limit)
      asio::post(asio::system_executor{}, [log = settings.log, limit = settings.log_limit] {
        (void)launcher::rotate_log(log, limit, /*in_use=*/true);
      });
  }
}

}  // namespace rolecall::supervision
