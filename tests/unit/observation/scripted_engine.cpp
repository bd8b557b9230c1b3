#include "tests/unit/observation/scripted_engine.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace rolecall::test {

namespace asio = boost::asio;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

}  // namespace

std::string http_answer(std::string_view body, std::string_view status) {
  std::string text = "HTTP/1.1 ";
  text.append(status);
  text += "\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: ";
  text += std::to_string(body.size()) + "\r\n\r\n";
  text.append(body);
  return text;
}

scripted_engine::scripted_engine(asio::io_context& loop, std::deque<std::string> answers)
    : acceptor_(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      answers_(std::move(answers)) {
  asio::co_spawn(loop, serve(), asio::detached);
}

std::uint16_t scripted_engine::port() const { return acceptor_.local_endpoint().port(); }

void scripted_engine::close() {
  acceptor_.close();
  unanswered_.clear();
}

asio::awaitable<void> scripted_engine::serve() {
  for (;;) {
    auto accepted = co_await acceptor_.async_accept(no_throw);
    if (std::get<0>(accepted)) co_return;
    auto client = std::move(std::get<1>(accepted));
    std::string request;
    const auto received = co_await asio::async_read_until(client, asio::dynamic_buffer(request),
                                                          "\r\n\r\n", no_throw);
    if (std::get<0>(received)) continue;
    requests_.push_back(request);
    if (answers_.empty()) {
      unanswered_.push_back(std::move(client));
      continue;
    }
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    // The client may have had enough of it.
    co_await asio::async_write(client, asio::buffer(answer), no_throw);
  }
}

bool runs_out(asio::io_context& loop) {
  constexpr std::chrono::seconds far_too_long{30};
  loop.run_for(far_too_long);
  return loop.stopped();
}

}  // namespace rolecall::test
