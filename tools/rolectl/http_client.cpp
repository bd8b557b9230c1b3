#include "tools/rolectl/http_client.hpp"

#include <array>
#include <cctype>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <rapidjson/document.h>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using generic_stream = asio::generic::stream_protocol;
using outcome = boost::system::result<http_answer, no_answer>;

constexpr std::chrono::seconds connect_patience{5};
constexpr std::size_t piece_size = 16 * 1024;
constexpr std::size_t most_collected = 64U << 20;
constexpr auto tuple_result = asio::as_tuple(asio::use_awaitable);

std::string words_of(error_code error) {
  if (error == beast::error::timeout) return "no answer within the time limit";
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return "the connection ended in the middle of the answer";
  auto words = error.message();
  if (!words.empty())
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return words;
}

/// One call from connect to the last byte.
class conversation {
 public:
  conversation(asio::any_io_executor executor, const registry::endpoint& where,
               const http_call& call, const body_sink& sink)
      : stream_(executor), resolver_(executor), where_(where), call_(call), sink_(sink) {}

  asio::awaitable<outcome> run() {
    if (const auto error = co_await connect()) co_return no_answer{false, words_of(error)};
    if (const auto error = co_await send()) co_return no_answer{true, words_of(error)};
    if (const auto error = co_await receive()) co_return no_answer{true, words_of(error)};
    co_return std::move(answer_);
  }

 private:
  asio::awaitable<error_code> connect() {
    if (const auto* path = std::get_if<registry::unix_endpoint>(&where_)) {
      constexpr std::size_t longest_path = 107;  // sun_path less its end
      if (path->path.native().size() > longest_path) co_return asio::error::name_too_long;
      co_return co_await connect_to(asio::local::stream_protocol::endpoint{path->path.string()});
    }
    const auto& tcp = std::get<registry::tcp_endpoint>(where_);
    const auto found =
        co_await resolver_.async_resolve(tcp.address, std::to_string(tcp.port), tuple_result);
    error_code error = std::get<0>(found);
    if (error) co_return error;
    for (const auto& entry : std::get<1>(found)) {
      error = co_await connect_to(entry.endpoint());
      if (!error) break;
    }
    co_return error;
  }

  asio::awaitable<error_code> connect_to(generic_stream::endpoint peer) {
    stream_.expires_after(connect_patience);
    const auto result = co_await stream_.async_connect(peer, tuple_result);
    co_return std::get<0>(result);
  }

  void arm() {
    if (call_.patience)
      stream_.expires_after(*call_.patience);
    else
      stream_.expires_never();
  }

  asio::awaitable<error_code> send() {
    http::request<http::string_body> request{http::string_to_verb(call_.method), call_.target, 11};
    const auto* tcp = std::get_if<registry::tcp_endpoint>(&where_);
    request.set(http::field::host, tcp == nullptr ? std::string{"localhost"} : tcp->address);
    request.set(http::field::user_agent, "rolectl");
    if (!call_.key.empty()) request.set(http::field::authorization, "Bearer " + call_.key);
    if (!call_.body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = call_.body;
    request.prepare_payload();
    request.keep_alive(false);
    arm();
    const auto result = co_await http::async_write(stream_, request, tuple_result);
    co_return std::get<0>(result);
  }

  asio::awaitable<error_code> receive() {
    parser_.body_limit(boost::none);
    arm();
    const auto header = co_await http::async_read_header(stream_, buffer_, parser_, tuple_result);
    if (std::get<0>(header)) co_return std::get<0>(header);
    answer_.status = parser_.get().result_int();
    while (!parser_.is_done()) {
      std::array<char, piece_size> piece{};
      parser_.get().body().data = piece.data();
      parser_.get().body().size = piece.size();
      arm();
      const auto result = co_await http::async_read_some(stream_, buffer_, parser_, tuple_result);
      error_code error = std::get<0>(result);
      if (error == http::error::need_buffer) error = {};
      if (error) co_return error;
      const std::string_view received{piece.data(), piece.size() - parser_.get().body().size};
      if (!received.empty() && !take(received)) break;
    }
    co_return error_code{};
  }

  /// False: enough.
  bool take(std::string_view piece) {
    if (sink_ && answer_.ok()) return sink_(piece);
    answer_.body.append(piece);
    return answer_.body.size() < most_collected;
  }

  beast::basic_stream<generic_stream> stream_;
  asio::ip::tcp::resolver resolver_;
  const registry::endpoint& where_;
  const http_call& call_;
  const body_sink& sink_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  http_answer answer_;
};

}  // namespace

outcome exchange(const registry::endpoint& where, const http_call& call, const body_sink& sink) {
  asio::io_context io{1};
  conversation talk{io.get_executor(), where, call, sink};
  std::exception_ptr failure;
  outcome result = no_answer{true, "interrupted"};
  asio::posix::stream_descriptor interrupt{io};
  if (call.interrupt) {
    interrupt.assign(::dup(*call.interrupt));
    interrupt.async_wait(asio::posix::stream_descriptor::wait_read, [&io](error_code error) {
      if (!error) io.stop();
    });
  }
  asio::co_spawn(io, talk.run(), [&](std::exception_ptr error, outcome ended) {
    failure = std::move(error);
    result = std::move(ended);
    interrupt.close();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return result;
}

std::string error_message(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(answer.body.data(), answer.body.size());
  if (!document.HasParseError() && document.IsObject()) {
    const auto error = document.FindMember("error");
    if (error != document.MemberEnd() && error->value.IsObject()) {
      const auto message = error->value.FindMember("message");
      if (message != error->value.MemberEnd() && message->value.IsString())
        return message->value.GetString();
    }
  }
  constexpr std::size_t enough = 200;
  return "HTTP status " + std::to_string(answer.status) +
         (answer.body.empty() ? "" : ": " + answer.body.substr(0, enough));
}

}  // namespace rolecall::rolectl
