#include "orchestrator/memory/memory_watch.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/state_file.hpp"
#include "orchestrator/uncancelled.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace rolecall::memory {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds first_gap{1000};
constexpr milliseconds longest_gap{30'000};
constexpr int idle_share = 100;

// Measuring is never in a hurry: who relays on the same CPU comes first.
void step_back() noexcept {
  thread_local bool done = false;
  if (std::exchange(done, true)) return;
  constexpr int least = 19;
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), least);
}

// Coroutines with parameters of their own instead of capturing lambdas: their frames live on the
// pool.
asio::awaitable<launcher::host_memory> read_host(std::filesystem::path root) {
  step_back();
  co_return launcher::read_host_memory(root);
}

asio::awaitable<std::optional<launcher::process_memory>> read_process(int pid) {
  step_back();
  co_return launcher::read_process_memory(pid);
}

asio::awaitable<std::string> write_file(std::filesystem::path file, std::string text) {
  co_return write_state_file(file, text);
}

}  // namespace

milliseconds next_gap(milliseconds gap, milliseconds cost) noexcept {
  return std::max(std::clamp(2 * gap, first_gap, longest_gap), idle_share * cost);
}

memory_watch::memory_watch(asio::any_io_executor control, std::filesystem::path root,
                           host_listener on_host, process_listener on_process)
    : control_(std::move(control)),
      root_(std::move(root)),
      on_host_(std::move(on_host)),
      on_process_(std::move(on_process)) {}

void memory_watch::watch(instance id, int pid) {
  watched_[id] = {pid, steady_clock::now() + first_gap, first_gap};
}

void memory_watch::forget(instance id) { watched_.erase(id); }

asio::awaitable<void> memory_watch::pause() {
  asio::steady_timer timer(control_, first_gap);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> memory_watch::watch_host() {
  for (;;) {
    const auto host = co_await asio::co_spawn(pool_, read_host(root_), uncancelled());
    log_line(priority::debug, "host_memory", component::memory)
        .with("left_bytes", static_cast<std::int64_t>(host.left()))
        .with("limit_bytes", static_cast<std::int64_t>(host.limit()))
        .with("stalled", host.stalled);
    on_host_(host);
    co_await pause();
  }
}

asio::awaitable<void> memory_watch::watch_processes() {
  for (;;) {
    co_await pause();
    for (auto next = next_due(); next; next = next_due()) {
      const auto [id, pid] = *next;
      const auto begun = steady_clock::now();
      const auto memory = co_await asio::co_spawn(pool_, read_process(pid), uncancelled());
      measured(id, pid, std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun),
               memory);
    }
  }
}

asio::awaitable<std::string> memory_watch::write(std::filesystem::path file, std::string text) {
  co_return co_await asio::co_spawn(pool_, write_file(std::move(file), std::move(text)),
                                    uncancelled());
}

std::optional<std::pair<memory_watch::instance, int>> memory_watch::next_due() const {
  const auto now = steady_clock::now();
  const auto found =
      std::ranges::find_if(watched_, [now](const auto& entry) { return entry.second.due <= now; });
  if (found == watched_.end()) return std::nullopt;
  return std::pair{found->first, found->second.pid};
}

void memory_watch::measured(instance id, int pid, milliseconds cost,
                            const std::optional<launcher::process_memory>& memory) {
  const auto found = watched_.find(id);
  if (found == watched_.end() || found->second.pid != pid) return;  // gone in between
  auto& entry = found->second;
  entry.gap = next_gap(entry.gap, cost);
  entry.due = steady_clock::now() + entry.gap;
  if (!memory) return;
  log_line(priority::debug, "process_memory", component::memory)
      .with("pid", pid)
      .with("pss_bytes", static_cast<std::int64_t>(memory->pss))
      .with("private_bytes", static_cast<std::int64_t>(memory->private_bytes()))
      .with("milliseconds", cost.count())
      .with("again_after_milliseconds", entry.gap.count());
  on_process_(id, *memory);
}

}  // namespace rolecall::memory
