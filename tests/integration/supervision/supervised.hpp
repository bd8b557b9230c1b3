#pragma once

#include "orchestrator/supervision/supervisor.hpp"
#include "tests/support/temporary_directory.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

namespace rolecall::test {

using supervision::instance_state;
using supervision::transition;

/// How an instance under test is run; the defaults are impatient.
struct supervised_settings {
  std::vector<std::string> knobs{};  ///< further arguments
  std::filesystem::path program = FAKE_LLAMA_SERVER;
  std::filesystem::path model = "/models/small.gguf";     ///< told to the program
  std::optional<std::filesystem::path> expected_model{};  ///< told to the supervisor, when another
  supervision::restart_policy restart{.restarts = false,
                                      .first_delay = std::chrono::milliseconds{1},
                                      .longest_delay = std::chrono::milliseconds{5},
                                      .limit = 3};
  registry::timeouts timeouts{.ready_stall = std::chrono::seconds{60},
                              .first_byte = std::chrono::seconds{60},
                              .total = {},
                              .idle_unload = {},
                              .drain = std::chrono::seconds{60},
                              .stop = std::chrono::seconds{60}};
  registry::byte_count log_limit = 0;
  std::function<void(supervision::supervisor&, const transition&)> listener{};  ///< told as well
};

/// One instance under a supervisor, on an event loop that the test drives. Its end leaves no
/// process behind.
class supervised {
 public:
  explicit supervised(supervised_settings wanted);
  ~supervised();
  supervised(const supervised&) = delete;
  supervised& operator=(const supervised&) = delete;

  [[nodiscard]] supervision::supervisor& operator*() noexcept { return *supervisor_; }
  [[nodiscard]] supervision::supervisor* operator->() noexcept { return supervisor_.get(); }

  /// Runs until the next transition to `state`, later than those asked for before, and returns it.
  transition next(instance_state state);
  /// Starts it and waits until it is ready.
  void become_ready();
  /// Runs the loop until `condition` holds.
  void run_until(const std::function<bool()>& condition);
  /// Does what can be done without time passing.
  void poll();

  /// Cancels the supervisor's coroutine. True when it ended without time passing.
  bool cancel();

  [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
  [[nodiscard]] residency::gate& gate() noexcept { return gate_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::filesystem::path& log() const noexcept { return log_; }
  [[nodiscard]] std::string log_text() const;
  /// What is recorded of its process, if there is one.
  [[nodiscard]] std::optional<supervision::instance_record> record() const;

 private:
  boost::asio::io_context loop_{1};
  temporary_directory folder_;
  std::uint16_t port_;
  std::filesystem::path log_;
  residency::gate gate_;
  supervision::record_folder records_{folder_.path() / "instances"};
  std::vector<transition> transitions_;
  std::size_t asked_for_ = 0;
  std::unique_ptr<supervision::supervisor> supervisor_;
  boost::asio::cancellation_signal end_;
  bool ended_ = false;
};

}  // namespace rolecall::test
