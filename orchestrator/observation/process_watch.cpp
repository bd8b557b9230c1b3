#include "orchestrator/observation/process_watch.hpp"

#include "launcher/node_memory.hpp"
#include "launcher/process_usage.hpp"
#include "orchestrator/uncancelled.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

using usages = std::vector<std::optional<metrics::process_usage>>;

// Coroutines with parameters of their own instead of capturing lambdas: their frames live on the
// pool.
asio::awaitable<usages> read_usages(std::vector<std::pair<instance, int>> processes) {
  usages found;
  for (const auto& [id, pid] : processes) found.push_back(launcher::read_process_usage(pid));
  co_return found;
}

asio::awaitable<std::optional<std::vector<metrics::node_share>>> read_placement(int pid) {
  co_return launcher::read_node_shares(pid);
}

}  // namespace

milliseconds placement_gap(milliseconds cost) noexcept {
  constexpr milliseconds least = std::chrono::minutes{10};
  constexpr int idle_share = 100;
  return std::max(least, idle_share * cost);
}

process_watch::process_watch(asio::any_io_executor control, asio::any_io_executor pool,
                             usage_listener on_usage, placement_listener on_placement,
                             milliseconds period)
    : control_(std::move(control)),
      pool_(std::move(pool)),
      on_usage_(std::move(on_usage)),
      on_placement_(std::move(on_placement)),
      period_(period) {}

void process_watch::start() {
  tasks_.emplace_back(control_, watch_usage());
  tasks_.emplace_back(control_, watch_placement());
}

void process_watch::stop() { tasks_.clear(); }

void process_watch::watch(instance id, int pid) { watched_[id] = {pid, steady_clock::now()}; }

void process_watch::forget(instance id) { watched_.erase(id); }

asio::awaitable<void> process_watch::watch_usage() {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  // Behind each wait and whoever was told, as this may be gone by then.
  const auto ended = [&] { return cancellation.cancelled() != asio::cancellation_type::none; };
  asio::steady_timer timer(control_);
  for (;;) {
    timer.expires_after(period_);
    co_await timer.async_wait(asio::use_awaitable);
    if (ended()) co_return;
    const auto asked = processes();
    if (asked.empty()) continue;
    const auto found = co_await asio::co_spawn(pool_, read_usages(asked), uncancelled());
    if (ended()) co_return;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto [id, pid] = asked[i];
      if (found[i] && is_watched(id, pid)) on_usage_(id, *found[i]);
      if (ended()) co_return;
    }
  }
}

asio::awaitable<void> process_watch::watch_placement() {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const auto ended = [&] { return cancellation.cancelled() != asio::cancellation_type::none; };
  asio::steady_timer timer(control_);
  for (;;) {
    timer.expires_after(period_);
    co_await timer.async_wait(asio::use_awaitable);
    if (ended()) co_return;
    for (auto next = next_placement(); next; next = next_placement()) {
      const auto [id, pid] = *next;
      const auto begun = steady_clock::now();
      const auto shares = co_await asio::co_spawn(pool_, read_placement(pid), uncancelled());
      if (ended()) co_return;
      if (!is_watched(id, pid)) continue;  // gone in between
      const auto now = steady_clock::now();
      watched_[id].placement_due =
          now + placement_gap(std::chrono::duration_cast<milliseconds>(now - begun));
      if (shares) on_placement_(id, *shares);
      if (ended()) co_return;
    }
  }
}

std::vector<std::pair<instance, int>> process_watch::processes() const {
  std::vector<std::pair<instance, int>> all;
  for (const auto& [id, process] : watched_) all.emplace_back(id, process.pid);
  return all;
}

std::optional<std::pair<instance, int>> process_watch::next_placement() const {
  const auto now = steady_clock::now();
  const auto found = std::ranges::find_if(
      watched_, [now](const auto& entry) { return entry.second.placement_due <= now; });
  if (found == watched_.end()) return std::nullopt;
  return std::pair{found->first, found->second.pid};
}

bool process_watch::is_watched(instance id, int pid) const {
  const auto found = watched_.find(id);
  return found != watched_.end() && found->second.pid == pid;
}

}  // namespace rolecall::observation
