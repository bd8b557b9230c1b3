#pragma once

#include "tests/integration/fake_llama_server/answers.hpp"

#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace rolecall::fake {

/// Serves one connection to its end, keep-alive included. `after_props` is called when /props was
/// answered.
[[nodiscard]] boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket,
                                                 const options& o, server_state& state,
                                                 std::function<void()> after_props);

}  // namespace rolecall::fake
