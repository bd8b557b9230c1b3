// The third part of session: how a request comes by its lease, and what its client is told of the
// wait.
#include "orchestrator/proxy/probe_race.hpp"
#include "orchestrator/proxy/session.hpp"
#include "orchestrator/proxy/slot_use.hpp"
#include "orchestrator/proxy/waiting_comments.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
using residency::lease_kind;
using std::chrono::steady_clock;

namespace {

/// What the control plane is asked for one request.
struct question {
  explicit question(const executor& on) : over(on) {}

  std::optional<boost::system::result<lease, refusal>> answer;
  std::exception_ptr failure;
  bool is_over = false;
  timer over;  // cancelled when it is
};

// A coroutine of its own, so that withdrawing ends this wait and not the session.
asio::awaitable<void> ask(lease_source& leases, lease_wish wish, std::shared_ptr<question> asked) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  auto answer = co_await leases.acquire(wish);
  asked->answer.emplace(std::move(answer));
}

// Its replicas are asked which of them is alive.
bool probes(const role_request& to, lease_kind kind) {
  return to.role->routing == registry::replica_routing::probe_first && kind == lease_kind::slot;
}

refusal interrupted_refusal(const routed_role& role) {
  return {.code = refusal_code::shutting_down,
          .message = "cannot wait for role '" + role.name + "': rolecalld is shutting down"};
}

}  // namespace

// The ready path: nobody is asked. Empty: admit() is to be.
lease session::enter(const role_request& to, lease_kind kind, time_point now) {
  client_.expires_at(time_point::max());  // that of the request's reception is over
  if (probes(to, kind)) return {};
  return try_enter(*to.role, nullptr, now, kind, to.prefix);
}

task<session::admission> session::admit(const role_request& to, lease_kind kind) {
  if (probes(to, kind)) {
    auto held = co_await enter_first_to_answer(environment_, *to.role);
    if (!held) held = try_enter(*to.role, nullptr, steady_clock::now(), kind, to.prefix);
    if (held) co_return std::move(held);
  }
  co_return co_await wait_for_lease(to, kind);
}

// The control plane is asked while the client is watched. Comments are written here, and nowhere
// else meanwhile: when this ends, none is on its way.
task<session::admission> session::wait_for_lease(const role_request& to, lease_kind kind) {
  const auto& role = *to.role;
  // It would not be told again.
  if (client_.interrupted() != interruption::none) co_return interrupted_refusal(role);
  const auto& limits = environment_.settings.limits;
  const auto since = steady_clock::now();
  // However often it asks, the request's own time runs from its arrival.
  const auto total_deadline = role.total ? started_ + *role.total : time_point::max();
  lease_wish wish{.role = &role,
                  .deadline = std::min(since + role.queue_deadline, total_deadline),
                  .kind = kind,
                  .priority = priority(),
                  .story = std::make_shared<wait_story>()};
  if (takes_comments(request_, to)) wish.outlook = std::make_shared<wait_outlook>();
  auto next_comment = wish.outlook ? since + limits.comment_after : time_point::max();

  trace_.waits(since);
  const auto asked = std::make_shared<question>(environment_.here);
  client_.expires_at(time_point::max());  // the wait's own deadline goes with it
  client_.watch();
  const auto end = [asked](const std::exception_ptr& failure) {
    asked->failure = failure;
    asked->is_over = true;
    asked->over.cancel();
  };
  asio::co_spawn(environment_.here, ask(environment_.leases, wish, asked),
                 asio::bind_cancellation_slot(client_.interruption_slot(), end));
  while (!asked->is_over) {
    asked->over.expires_at(next_comment);
    co_await asked->over.async_wait(no_throw);
    if (asked->is_over || steady_clock::now() < next_comment) continue;
    const bool told = co_await comment(*wish.outlook);
    next_comment = told ? steady_clock::now() + limits.comment_every : time_point::max();
  }
  client_.unwatch();

  const auto waited = steady_clock::now() - since;
  record_.queue = record_.queue.value_or(access_record::seconds{0}) + waited;
  environment_.metrics.of(role.name).queue_waited(waited);
  note_wait(waited, asked->answer ? wish.story.get() : nullptr);
  if (client_.interrupted() != interruption::none) co_return interrupted_refusal(role);
  if (!asked->answer) std::rethrow_exception(asked->failure);
  co_return *std::move(asked->answer);
}

// The first one comes with the head of the stream. False: the client takes none, and the request
// has been withdrawn.
task<bool> session::comment(const wait_outlook& outlook) {
  std::string text;
  if (!is_answered_) {
    keep_alive_ = keep_alive_ && !environment_.draining;
    text = comments_head(keep_alive_, request_.id);
  }
  is_answered_ = true;
  text += chunk_of(waiting_comment(outlook));
  std::array<asio::const_buffer, 1> message = {asio::buffer(text)};
  const bool written = co_await client_.write(message, environment_.settings.limits.unread_answer);
  client_.expires_at(time_point::max());
  if (!written && client_.interrupted() != interruption::shutdown)
    client_.interrupt(interruption::client_gone);
  co_return written;
}

// The stream that began with comments ends with the error.
task<bool> session::end_stream(std::string event, unsigned status, std::string_view role) {
  const bool shutting_down = client_.interrupted() == interruption::shutdown;
  client_.recover();
  note(role, status, request_outcome::refused);
  const auto text = chunk_of(event) + std::string{last_chunk};
  std::array<asio::const_buffer, 1> message = {asio::buffer(text)};
  const bool written =
      co_await client_.write(message, shutting_down ? client_connection::farewell
                                                    : environment_.settings.limits.unread_answer);
  co_return written&& keep_alive_ && !environment_.draining;
}

}  // namespace rolecall::proxy
