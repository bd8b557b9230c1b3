#pragma once

#include "launcher/process.hpp"
#include "tests/support/file_text.hpp"

#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace rolecall::launcher::test {

using rolecall::test::file_text;

/// A folder for one test's files, an event loop, and shells to run.
class child_case {
 public:
  child_case();
  /// Ends what a failed test left running, and removes the folder.
  ~child_case();
  child_case(const child_case&) = delete;
  child_case& operator=(const child_case&) = delete;

  boost::asio::io_context loop;
  std::filesystem::path folder;
  std::filesystem::path log;

  /// What spawn is asked for to run a script by /bin/sh.
  [[nodiscard]] spawn_request shell(const std::string& script) const;
  /// Starts the script; fails the test when that fails.
  [[nodiscard]] process start(const std::string& script);
  /// Runs the script to its end, and gives all that it said.
  std::string said_by(const std::string& script);

  /// Runs the loop until the coroutine has ended.
  template <class Result>
  Result run(boost::asio::awaitable<Result> coroutine) {
    std::optional<Result> result;
    boost::asio::co_spawn(loop, std::move(coroutine),
                          [&](const std::exception_ptr& failure, Result value) {
                            if (failure) std::rethrow_exception(failure);
                            result = std::move(value);
                          });
    loop.restart();
    while (!result && loop.run_one() != 0) {
    }
    return std::move(*result);
  }

  /// Waits until the log holds `text`, by its writes.
  void wait_for(const std::string& text);

  exit_status wait(process& child) { return run(child.async_wait()); }

 private:
  std::vector<int> started_;  ///< pids, for the end of a failed test
};

/// True while the process runs or waits to be reaped.
[[nodiscard]] bool exists(int pid);

}  // namespace rolecall::launcher::test
