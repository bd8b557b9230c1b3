#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace rolecall::test {

/// A whole answer with this body.
[[nodiscard]] std::string http_answer(std::string_view body, std::string_view status = "200 OK");

/// A port that gives the next of its answers to each connection, and says nothing to those that
/// come after the last one. Lives on the loop it is given, until it is closed.
class scripted_engine {
 public:
  scripted_engine(boost::asio::io_context& loop, std::deque<std::string> answers);

  [[nodiscard]] std::uint16_t port() const;
  /// The heads of the requests that came.
  [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }
  /// Nobody listens any more; whoever waits for an answer is told so.
  void close();

 private:
  using tcp = boost::asio::ip::tcp;

  [[nodiscard]] boost::asio::awaitable<void> serve();

  tcp::acceptor acceptor_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  std::vector<tcp::socket> unanswered_;
};

/// Runs the loop until `is_done`; false when that takes longer than anything that works.
template <typename Condition>
[[nodiscard]] bool run_until(boost::asio::io_context& loop, Condition is_done) {
  constexpr std::chrono::seconds far_too_long{30};
  while (!is_done())
    if (loop.run_one_for(far_too_long) == 0) return false;
  return true;
}

/// Whether the loop runs out of work.
[[nodiscard]] bool runs_out(boost::asio::io_context& loop);

}  // namespace rolecall::test
