#include "orchestrator/admin/log_feed.hpp"

#include "launcher/log_file.hpp"
#include "orchestrator/admin/log_tail.hpp"
#include "orchestrator/uncancelled.hpp"

#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;

/// A file that does not exist yet, or was replaced, is looked for this often.
constexpr std::chrono::seconds replacement_check{1};

/// One instance's log on its way to the client.
struct followed_log {
  followed_log(const instance_status& instance, bool prefix) : tail(instance.log) {
    if (prefix) prefixer.emplace(instance.name);
  }

  std::string shaped(std::string text) {
    return prefixer ? prefixer->prefixed(text) : std::move(text);
  }

  log_tail tail;
  std::optional<line_prefixer> prefixer;
  std::optional<launcher::log_watch> watch;
  int watched_replacement = 0;
};

// Run on the pool; the caller waits, so the log is theirs alone meanwhile.
asio::awaitable<std::string> read_last(followed_log& log, std::size_t lines) {
  co_return log.tail.last(lines);
}
asio::awaitable<std::string> read_more(followed_log& log) { co_return log.tail.more(); }

/// A watch is set before the file is read, so that no change falls in between.
void watch(const asio::any_io_executor& executor, followed_log& log) {
  if (log.watch && log.watched_replacement == log.tail.replacements()) return;
  log.watched_replacement = log.tail.replacements();
  auto opened = launcher::log_watch::open(executor, log.tail.file());
  if (opened)
    log.watch.emplace(std::move(*opened));
  else
    log.watch.reset();
}

asio::awaitable<void> changed(launcher::log_watch& watch) {
  if (co_await watch.async_changed()) {
    // A watch that broke must not turn the loop into a spin: the timer beside it decides.
    asio::steady_timer never{co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max()};
    co_await never.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> elapsed(std::chrono::seconds time) {
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

/// Completes when one of the files was written to, or might have been replaced.
asio::awaitable<void> any_changed(std::vector<followed_log>& logs) {
  const auto executor = co_await asio::this_coro::executor;
  using wait = decltype(asio::co_spawn(executor, elapsed(replacement_check), asio::deferred));
  std::vector<wait> waits;
  waits.push_back(asio::co_spawn(executor, elapsed(replacement_check), asio::deferred));
  for (auto& log : logs)
    if (log.watch) waits.push_back(asio::co_spawn(executor, changed(*log.watch), asio::deferred));
  co_await asio::experimental::make_parallel_group(std::move(waits))
      .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
}

/// While a role changes, the process that leaves and the one that comes have one name and one log.
void drop_repeated_logs(std::vector<instance_status>& instances) {
  std::set<std::string> seen;
  std::erase_if(instances, [&](const auto& instance) { return !seen.insert(instance.log).second; });
}

}  // namespace

asio::awaitable<void> send_logs(body_stream& out, std::vector<instance_status> instances,
                                std::size_t lines, bool follow, asio::thread_pool& files) {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<followed_log> logs;
  drop_repeated_logs(instances);
  for (const auto& instance : instances) logs.emplace_back(instance, instances.size() > 1);

  co_await out.begin("text/plain; charset=utf-8");
  for (auto& log : logs) {
    auto text = co_await asio::co_spawn(files, read_last(log, lines), uncancelled());
    co_await out.write(log.shaped(std::move(text)));
    if (log.prefixer && !follow) co_await out.write(log.prefixer->rest());
  }
  while (follow) {
    for (auto& log : logs) {
      watch(executor, log);
      auto text = co_await asio::co_spawn(files, read_more(log), uncancelled());
      co_await out.write(log.shaped(std::move(text)));
    }
    co_await any_changed(logs);
  }
  co_await out.end();
}

}  // namespace rolecall::admin
