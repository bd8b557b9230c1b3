#include "orchestrator/admin/session.hpp"

#include "orchestrator/admin/body_stream.hpp"
#include "orchestrator/admin/event_feed.hpp"
#include "orchestrator/admin/key_rule.hpp"
#include "orchestrator/admin/log_feed.hpp"
#include "orchestrator/admin/origin_rule.hpp"
#include "orchestrator/log/log_line.hpp"

#include <charconv>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds request_deadline{10};  // from the first byte to the last
constexpr std::chrono::seconds idle_deadline{75};     // between requests
constexpr std::chrono::seconds write_deadline{30};
constexpr std::uint32_t header_limit = 8 * 1024;
constexpr std::uint64_t body_limit = 4 * 1024;  // no endpoint reads one

using request_parser = http::request_parser<http::string_body>;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// Completes when the client has closed its side.
asio::awaitable<void> client_gone(stream_socket& socket) {
  co_await socket.async_wait(stream_socket::wait_read, asio::as_tuple(asio::use_awaitable));
  char byte = 0;
  error_code error;
  socket.non_blocking(true, error);
  const auto n = socket.receive(asio::buffer(&byte, 1), stream_socket::message_peek, error);
  // It has sent its next request already: readable from now on, so that no wait tells of its
  // leaving.
  if (!error && n > 0) {
    asio::steady_timer never{socket.get_executor(), asio::steady_timer::time_point::max()};
    co_await never.async_wait(asio::use_awaitable);
  }
}

class session {
 public:
  session(stream_socket socket, session_context context, reachability reach)
      : client_(std::move(socket)), context_(context), reach_(reach) {}

  asio::awaitable<void> run() {
    auto patience = request_deadline;
    while (co_await read_request(patience)) {
      std::optional<reply> bug;
      try {
        co_await take_request();
      } catch (const boost::system::system_error&) {
        throw;  // the connection's end, or ours
      } catch (const std::exception& failure) {
        bug = error_reply(500, "internal_error", failure.what());
      }
      if (bug) co_await send(*bug);
      if (!keep_alive_) break;
      patience = idle_deadline;
    }
    error_code ignored;
    client_.socket().shutdown(stream_socket::shutdown_both, ignored);
  }

 private:
  /// False when there will be no request: closed, idle for too long, or answered with an error
  /// here.
  asio::awaitable<bool> read_request(std::chrono::seconds patience) {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(body_limit);
    if (buffer_.size() == 0) {
      client_.expires_after(patience);
      const auto arrived = co_await client_.async_read_some(buffer_.prepare(header_limit),
                                                            asio::as_tuple(asio::use_awaitable));
      if (std::get<0>(arrived)) co_return false;
      buffer_.commit(std::get<1>(arrived));
    }
    client_.expires_after(request_deadline);
    const auto outcome =
        co_await http::async_read(client_, buffer_, *parser_, asio::as_tuple(asio::use_awaitable));
    client_.expires_never();
    const error_code error = std::get<0>(outcome);
    keep_alive_ = !error && parser_->get().keep_alive();
    if (error && error.category() == http::make_error_code(http::error::end_of_stream).category())
      co_await send_malformed(error);
    co_return !error;
  }

  asio::awaitable<void> send_malformed(error_code error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return;
    if (error == http::error::header_limit)
      co_await send(error_reply(431, "header_too_large", "the header is larger than 8 KiB"));
    else if (error == http::error::body_limit)
      co_await send(error_reply(413, "body_too_large", "the body is larger than 4 KiB"));
    else
      co_await send(error_reply(400, "bad_request", "cannot read the request: " + error.message()));
  }

  asio::awaitable<void> take_request() {
    const auto& request = parser_->get();
    const auto method = view(request.method_string());
    const auto hosts = request.equal_range(http::field::host);
    const origin_headers headers{static_cast<std::size_t>(std::distance(hosts.first, hosts.second)),
                                 view(request[http::field::host]),
                                 request.find(http::field::origin) != request.end()};
    if (const auto refused = refusal_of(method, headers, reach_ == reachability::loopback)) {
      co_await send(*refused);
      co_return;
    }
    if (reach_ != reachability::unix_socket && context_.keys) {
      const key_fields shown{view(request[http::field::authorization]), view(request["X-Api-Key"]),
                             view(request["Api-Key"])};
      if (const auto refused = refusal_of(shown, view(request.target()), *context_.keys)) {
        co_await send(*refused);
        co_return;
      }
    }
    const auto routed = route(method, view(request.target()));
    if (!routed) {
      co_await send(to_reply(routed.error()));
      co_return;
    }
    co_await std::visit([this](const auto& what) { return handle(what); }, *routed);
  }

  template <typename Page>
  asio::awaitable<void> handle(const Page& page) {
    co_await send(answer(page, context_.f));
  }

  asio::awaitable<void> handle(const role_command& command) {
    const auto status = context_.f.status();
    const auto* role = find_role(status, command.role);
    if (role == nullptr) {
      co_await send(unknown_role(status, command.role));
      co_return;
    }
    const auto executor = co_await asio::this_coro::executor;
    auto carried = asio::co_spawn(
        executor, context_.f.carry_out(command.what, role->name, command.wait, command.force),
        asio::deferred);
    auto left = asio::co_spawn(executor, client_gone(client_.socket()), asio::deferred);
    const auto outcome =
        co_await asio::experimental::make_parallel_group(std::move(carried), std::move(left))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    constexpr std::size_t carried_out = 0;
    if (std::get<0>(outcome)[0] != carried_out) {
      keep_alive_ = false;
      co_return;
    }
    if (std::get<1>(outcome)) std::rethrow_exception(std::get<1>(outcome));
    const auto& result = std::get<2>(outcome);
    // Not `co_await send(… ? … : …)`: g++ 12 destroys the temporary of the branch that was not
    // taken.
    const reply what =
        result ? command_reply(command, context_.f.status()) : to_reply(result.error());
    co_await send(what);
  }

  // Whoever asked may leave: what has begun is done.
  asio::awaitable<void> handle(const reload& asked) {
    const auto planned = co_await context_.f.reload({asked.dry_run, asked.force});
    const reply what =
        planned ? reply{200, "application/json", to_json(*planned), {}} : to_reply(planned.error());
    co_await send(what);
  }

  asio::awaitable<void> handle(const event_feed& feed) {
    auto after = feed.after;
    if (!after) after = last_event_id();
    body_stream out{client_, parser_->get().version()};
    co_await while_client_stays(send_events(out, context_.f, after.value_or(0), feed.follow), out);
  }

  asio::awaitable<void> handle(const log_feed& feed) {
    const auto status = context_.f.status();
    const auto* role = find_role(status, feed.role);
    if (role == nullptr) {
      co_await send(unknown_role(status, feed.role));
      co_return;
    }
    if (role->instances.empty()) {
      co_await send(error_reply(404, "no_process",
                                "role '" + role->name + "' has no process of its own, so no log"));
      co_return;
    }
    body_stream out{client_, parser_->get().version()};
    co_await while_client_stays(
        send_logs(out, role->instances, feed.lines, feed.follow, context_.files), out);
  }

  asio::awaitable<void> while_client_stays(asio::awaitable<void> feed, body_stream& out) {
    const auto executor = co_await asio::this_coro::executor;
    const auto outcome =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, std::move(feed), asio::deferred),
            asio::co_spawn(executor, client_gone(client_.socket()), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    constexpr std::size_t feed_ended = 0;
    if (std::get<0>(outcome)[0] != feed_ended || std::get<1>(outcome) || !out.reusable())
      keep_alive_ = false;
  }

  /// What a browser's EventSource sends when it connects again.
  std::optional<std::uint64_t> last_event_id() const {
    const auto& fields = parser_->get();
    const auto found = fields.find("Last-Event-ID");
    if (found == fields.end()) return std::nullopt;
    std::uint64_t id = 0;
    const auto text = view(found->value());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} ? std::optional{id} : std::nullopt;
  }

  asio::awaitable<void> send(const reply& what) {
    const auto& request = parser_->get();
    const auto target = view(request.target());
    log_line(priority::debug, "admin_request", component::admin)
        .with("method", view(request.method_string()))
        .with("path", target.substr(0, target.find('?')))
        .with("status", what.status);
    http::response<http::string_body> response{static_cast<http::status>(what.status),
                                               request.version()};
    response.set(http::field::server, "rolecalld");
    response.set(http::field::content_type, what.content_type);
    response.set(http::field::cache_control, "no-store");
    if (!what.allow.empty()) response.set(http::field::allow, what.allow);
    if (what.status == 401)
      response.set(http::field::www_authenticate, "Bearer realm=\"rolecalld\"");
    response.keep_alive(keep_alive_);
    response.content_length(what.body.size());
    client_.expires_after(write_deadline);
    if (request.method() == http::verb::head) {
      http::response_serializer<http::string_body> serializer{response};
      co_await http::async_write_header(client_, serializer, asio::use_awaitable);
    } else {
      response.body() = what.body;
      co_await http::async_write(client_, response, asio::use_awaitable);
    }
    client_.expires_never();
  }

  client_stream client_;
  session_context context_;
  reachability reach_;
  beast::flat_buffer buffer_{header_limit + body_limit};
  std::optional<request_parser> parser_;
  bool keep_alive_ = false;
};

}  // namespace

asio::awaitable<void> serve(stream_socket socket, session_context context, reachability reach) {
  session s{std::move(socket), context, reach};
  co_await s.run();
}

}  // namespace rolecall::admin
