#include "orchestrator/admin/body_stream.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::chrono::seconds write_deadline{30};

}  // namespace

asio::awaitable<void> body_stream::begin(std::string_view content_type) {
  http::response<http::empty_body> header{http::status::ok, chunked_ ? 11U : 10U};
  header.set(http::field::server, "rolecalld");
  header.set(http::field::content_type,
             boost::beast::string_view{content_type.data(), content_type.size()});
  header.set(http::field::cache_control, "no-store");
  header.set("X-Accel-Buffering", "no");
  header.chunked(chunked_);
  http::response_serializer<http::empty_body> serializer{header};
  client_.expires_after(write_deadline);
  co_await http::async_write_header(client_, serializer, asio::use_awaitable);
  client_.expires_never();
}

asio::awaitable<void> body_stream::write(std::string piece) {
  if (piece.empty()) co_return;
  client_.expires_after(write_deadline);
  if (chunked_)
    co_await asio::async_write(client_, http::make_chunk(asio::buffer(piece)), asio::use_awaitable);
  else
    co_await asio::async_write(client_, asio::buffer(piece), asio::use_awaitable);
  client_.expires_never();
}

asio::awaitable<void> body_stream::end() {
  if (!chunked_) co_return;
  client_.expires_after(write_deadline);
  co_await asio::async_write(client_, http::make_chunk_last(), asio::use_awaitable);
  client_.expires_never();
}

}  // namespace rolecall::admin
