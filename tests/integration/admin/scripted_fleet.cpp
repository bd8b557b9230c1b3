#include "tests/integration/admin/scripted_fleet.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::test {
namespace {

namespace asio = boost::asio;
using never = asio::steady_timer::time_point;

constexpr registry::byte_count gib = 1ULL << 30;

admin::instance_status instance(std::string name, std::string state, std::uint16_t port) {
  admin::instance_status i;
  i.name = std::move(name);
  i.state = std::move(state);
  i.port = port;
  return i;
}

}  // namespace

scripted_fleet::scripted_fleet(asio::any_io_executor executor)
    : current(small_fleet()), released_(executor, never::max()), arrival_(executor, never::max()) {}

void scripted_fleet::release() {
  outcome.emplace();
  released_.cancel();
}

void scripted_fleet::append(admin::fleet_event event) {
  events.push_back(std::move(event));
  arrival_.cancel();
}

asio::awaitable<boost::system::result<void, admin::command_error>> scripted_fleet::carry_out(
    admin::command what, std::string role, bool wait, bool force) {
  calls.push_back({what, std::move(role), wait, force});
  if (!outcome) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await released_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!outcome) {
      ++cancelled_calls;
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  co_return *outcome;
}

boost::asio::awaitable<boost::system::result<admin::reload_plan, admin::reload_refusal>>
scripted_fleet::reload(admin::reload_options options) {
  reloads.push_back(options);
  co_return reloaded;
}

std::vector<admin::fleet_event> scripted_fleet::events_after(std::uint64_t after) const {
  std::vector<admin::fleet_event> result;
  for (const auto& event : events)
    if (event.id > after) result.push_back(event);
  return result;
}

std::vector<tracing::request_trace> scripted_fleet::requests(
    const tracing::request_query& query) const {
  queries.push_back(query);
  return remembered;
}

asio::awaitable<void> scripted_fleet::event_after(std::uint64_t after) {
  struct counted {
    int& count;
    explicit counted(int& c) : count(c) { ++count; }
    ~counted() { --count; }
  } const waiting{event_waiters};
  while (events_after(after).empty()) {
    const auto woken = co_await arrival_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(woken) && events_after(after).empty())
      throw boost::system::system_error(std::get<0>(woken));
  }
}

boost::system::result<admin::load_plan, admin::command_error> scripted_fleet::plan_load(
    const std::string& role) const {
  if (find_role(current, role) == nullptr)
    return admin::command_error{admin::command_error::kind::unknown_role, "no role '" + role + "'"};
  return admin::load_plan{.role = role,
                          .decision = "evict",
                          .verdict = "one role leaves",
                          .needed_bytes = 3 * gib,
                          .held_bytes = 0,
                          .free_bytes = gib,
                          .victims = {{"frontdoor", 12.5, 2 * gib, "least recently used"}}};
}

std::string scripted_fleet::metrics_text() {
  if (is_broken) throw std::logic_error("no such family");
  return "rolecall_build_info 1\n";
}

admin::fleet_status small_fleet() {
  admin::fleet_status s;
  s.version = "0.1.0";
  s.engine = "0.7.0";
  s.registry_file = "model_registry.yaml";
  s.memory_total = 16 * gib;
  s.budget = 8 * gib;
  s.reserved = 2 * gib;
  admin::role_status frontdoor;
  frontdoor.name = "frontdoor";
  frontdoor.model = "dense";
  frontdoor.tier = "hot";
  frontdoor.aliases = {"default"};
  frontdoor.instances = {instance("frontdoor", "ready", 8080)};
  frontdoor.in_flight = 1;
  frontdoor.tokens_per_second = 12.5;
  frontdoor.instances[0].reserved_bytes = 2 * gib;
  frontdoor.instances[0].memory = {.pss = 3 * gib / 2, .anon = gib / 2, .file = gib, .swapped = 0};
  admin::role_status embedder;
  embedder.name = "embedder";
  embedder.model = "bge";
  embedder.tier = "warm";
  embedder.instances = {instance("embedder-1", "stopped", 8090),
                        instance("embedder-2", "stopped", 8091)};
  admin::role_status worker_math = frontdoor;
  worker_math.name = "worker_math";
  worker_math.aliases.clear();
  worker_math.shares = "frontdoor";
  s.roles = {frontdoor, embedder, worker_math};
  return s;
}

}  // namespace rolecall::test
