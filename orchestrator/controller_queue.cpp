// The controller's part in waiting: requests come from data threads, leases and refusals go back.

#include "orchestrator/controller.hpp"
#include "orchestrator/log/log_line.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;
using residency::instance_id;

asio::awaitable<controller::answer> controller::acquire(proxy::lease_wish wish) {
  const auto id = next_waiter_.fetch_add(1, std::memory_order_relaxed);
  auto channel = std::make_shared<answer_channel>(co_await asio::this_coro::executor, 1);
  const residency::lease_requested asked{id, wish.role->id, wish.deadline, wish.kind,
                                         wish.priority};
  asio::post(control_, [this, asked, channel, outlook = wish.outlook, story = wish.story] {
    waiters_.emplace(asked.waiter,
                     waiter{asked, std::chrono::steady_clock::now(), channel, outlook, story});
    feed(asked);
  });
  auto received = co_await channel->async_receive(asio::as_tuple(asio::use_awaitable));
  if (const auto ec = std::get<0>(received)) {
    asio::post(control_, [this, id] {
      if (waiters_.erase(id) != 0) feed(residency::waiter_withdrawn{id});
    });
    throw boost::system::system_error(ec);
  }
  co_return std::move(*std::get<1>(received));
}

void controller::instance_idle(instance_id instance) {
  asio::post(control_, [this, instance] { feed(residency::instance_idle{instance}); });
}

void controller::slot_freed(instance_id instance) {
  asio::post(control_, [this, instance] { feed(residency::slot_freed{instance}); });
}

// Whoever waits is served before those who come later, and hears of the slots that are given back.
void controller::mark_queues() {
  for (instance_id id = 0; id < plan_.upstreams.size(); ++id) {
    auto& gate = plan_.upstreams[id]->gate;
    const bool wanted = planner_.is_waited_for(id);
    if (wanted == gate.is_queued()) continue;
    if (!wanted)
      gate.dissolve_queue();
    else if (gate.announce_queue())
      feed(residency::slot_freed{id});
  }
}

void controller::perform(const residency::grant& a) {
  const auto found = waiters_.find(a.waiter);
  if (found == waiters_.end()) return;
  const auto& [asked, since, channel, outlook, story] = found->second;
  auto& upstream = *plan_.upstreams[a.instance];
  if (upstream.gate.enter_granted(asked.kind, std::chrono::steady_clock::now()))
    answer_waiter(a.waiter, proxy::lease{upstream, asked.kind});
  else  // closed or filled up since the planner looked
    missed_.push_back({asked, since});
}

void controller::perform(const residency::refuse& a) {
  if (const auto found = waiters_.find(a.waiter); found != waiters_.end()) {
    const auto& role = plan_.catalogue.roles[found->second.asked.role].name;
    log_line(priority::warning, "refuse", component::residency)
        .with("role", role)
        .with("reason", a.why.message);
    history_.append({.kind = "refuse", .role = role, .instance = {}, .text = a.why.message});
    answer_waiter(a.waiter, a.why);
  }
}

void controller::answer_waiter(residency::waiter_id id, answer given) {
  const auto node = waiters_.extract(id);
  if (node.empty()) return;
  const auto& w = node.mapped();
  if (w.story != nullptr) *w.story = story_of(w.asked.role, w.since);
  // A receiver that went away drops the message, and the lease in it gives itself back.
  w.channel->try_send(boost::system::error_code{}, std::make_shared<answer>(std::move(given)));
}

}  // namespace rolecall
