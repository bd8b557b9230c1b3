#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::proxy {

// What runs on a data thread, bound to its io_context by type: Asio's default, an executor of any
// type, costs each wait a few indirect calls.

using executor = boost::asio::io_context::executor_type;

template <typename Result>
using task = boost::asio::awaitable<Result, executor>;

inline constexpr boost::asio::use_awaitable_t<executor> use_task{};

/// The completion token for waits whose failure is looked at: (error, …) as a tuple, without a
/// coroutine's frame of its own.
[[nodiscard]] inline auto no_throw() { return boost::asio::as_tuple(boost::asio::deferred); }

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

}  // namespace rolecall::proxy
