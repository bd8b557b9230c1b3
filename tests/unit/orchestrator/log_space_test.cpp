#include "orchestrator/log_space.hpp"

#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

namespace rolecall {

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// One look at a disk that is as the test says.
struct one_look {
  metrics::catalogue metrics;
  std::thread::id asked_on;
  std::thread::id looked_on;
  std::vector<fs::path> looked_at;

  explicit one_look(const launcher::log_room& found) {
    asio::io_context control(1);
    asio::cancellation_signal end;
    const auto logs = [this] {
      asked_on = std::this_thread::get_id();
      return std::vector<fs::path>{"/logs/a.log"};
    };
    const auto look = [&](const fs::path& folder, std::vector<fs::path> files) {
      looked_on = std::this_thread::get_id();
      looked_at = std::move(files);
      looked_at.push_back(folder);
      // Arrives before the look's outcome does, and is seen at the pause behind it.
      asio::post(control, [&end] { end.emit(asio::cancellation_type::terminal); });
      return found;
    };
    log_space space(control.get_executor(), "/logs", logs, metrics, look);
    asio::co_spawn(
        control, space.run(),
        asio::bind_cancellation_slot(end.slot(), [](const std::exception_ptr&) { /* its end */ }));
    control.run();
  }

  [[nodiscard]] bool counted(const std::string& dropped) const {
    return metrics.text().find(R"(rolecall_dropped_writes_total{file="instance_log"} )" + dropped +
                               "\n") != std::string::npos;
  }
};

}  // namespace

TEST_CASE("log space: the disk is looked at by another thread than the one that controls") {
  const one_look look({.free = 2, .least = 1});
  CHECK(look.asked_on == std::this_thread::get_id());
  CHECK(look.looked_on != std::thread::id{});
  CHECK(look.looked_on != look.asked_on);
  CHECK(look.looked_at == std::vector<fs::path>{"/logs/a.log", "/logs"});
}

TEST_CASE("log space: a disk that is short counts, even when there is nothing to empty") {
  CHECK(one_look({.free = 1, .least = 2}).counted("1"));
  CHECK(one_look({.free = 1, .least = 2, .emptied = 3}).counted("3"));
  CHECK(one_look({.free = 2, .least = 1, .takes_files = false}).counted("1"));
  CHECK(one_look({.free = 2, .least = 1}).metrics.text().find("instance_log") == std::string::npos);
}

}  // namespace rolecall
