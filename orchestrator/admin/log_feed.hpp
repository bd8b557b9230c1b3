#pragma once

#include "orchestrator/admin/body_stream.hpp"
#include "orchestrator/admin/status.hpp"

#include <vector>

#include <boost/asio/thread_pool.hpp>

namespace rolecall::admin {

/// Sends the last `lines` lines of each instance's log as text, then what is written while
/// `follow`. With several instances each line begins with its instance's name. Files are read on
/// `files`.
[[nodiscard]] boost::asio::awaitable<void> send_logs(body_stream& out,
                                                     std::vector<instance_status> instances,
                                                     std::size_t lines, bool follow,
                                                     boost::asio::thread_pool& files);

}  // namespace rolecall::admin
