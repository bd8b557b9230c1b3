#pragma once

#include "orchestrator/admin/server.hpp"
#include "tests/integration/admin/scripted_fleet.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_directory.hpp"

#include <functional>
#include <future>
#include <thread>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

namespace rolecall::test {

/// An admin server with a scripted fleet, on a control thread of its own; stopped by the
/// destructor.
class admin_door {
 public:
  /// One TCP door on 127.0.0.1 and one unix socket in `folder()`.
  admin_door();
  ~admin_door();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::filesystem::path socket() const { return folder_.path() / "admin.sock"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  /// Runs `look` on the control thread and waits for it.
  template <typename Function>
  auto on_control(Function look) -> std::invoke_result_t<Function, scripted_fleet&> {
    std::packaged_task<std::invoke_result_t<Function, scripted_fleet&>()> task{
        [&] { return look(fleet_); }};
    auto done = task.get_future();
    boost::asio::post(control_, [&task] { task(); });
    return done.get();
  }
  /// Looks again and again until `condition` holds; throws after 30 seconds.
  void wait_until(const std::function<bool(scripted_fleet&)>& condition);

  [[nodiscard]] http_response get(std::string_view target) const {
    return request(port_, "GET", target);
  }
  [[nodiscard]] http_response post(std::string_view target) const {
    return request(port_, "POST", target);
  }

  /// Cancels run() and waits for its completion; throws after 30 seconds.
  void stop();

 private:
  temporary_directory folder_;
  boost::asio::io_context control_{1};
  scripted_fleet fleet_{control_.get_executor()};
  std::unique_ptr<admin::server> server_;
  boost::asio::cancellation_signal end_;
  std::promise<void> ended_;
  std::future<void> end_seen_ = ended_.get_future();
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace rolecall::test
