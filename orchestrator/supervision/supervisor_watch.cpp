// What a supervisor waits for. Every watcher puts what it saw into the queue itself.

#include "launcher/log_file.hpp"
#include "orchestrator/supervision/supervisor_implementation.hpp"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::supervision {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// The gate's one notice of idleness belongs to the planner: draining looks at the count.
constexpr auto lease_check_interval = 10ms;
constexpr auto log_check_interval = 10s;
constexpr auto kill_count_interval = 10s;

void rethrow_unless_cancelled(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) throw;
  }
}

}  // namespace

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
