#pragma once

#include "orchestrator/admin/fleet.hpp"

#include <boost/asio/steady_timer.hpp>

namespace rolecall::test {

/// A fleet that does what the test says. Lives on the control thread of an admin_door.
class scripted_fleet final : public admin::fleet {
 public:
  explicit scripted_fleet(boost::asio::any_io_executor executor);

  // The script.
  admin::fleet_status current;
  std::vector<admin::fleet_event> events;
  bool is_hot_ready = true;
  bool is_broken = false;  ///< its metrics throw
  /// What carry_out answers; nullopt: it takes until release() or its cancellation.
  std::optional<boost::system::result<void, admin::command_error>> outcome =
      boost::system::result<void, admin::command_error>{};

  /// What is remembered of requests: told whatever is asked for.
  std::vector<tracing::request_trace> remembered;

  /// What reload answers.
  boost::system::result<admin::reload_plan, admin::reload_refusal> reloaded = admin::reload_plan{};

  // What happened.
  std::vector<admin::reload_options> reloads;
  mutable std::vector<tracing::request_query> queries;
  struct call {
    admin::command what;
    std::string role;
    bool wait;
    bool force;
    bool operator==(const call&) const = default;
  };
  std::vector<call> calls;
  int cancelled_calls = 0;
  int event_waiters = 0;

  void release();
  void append(admin::fleet_event event);

  [[nodiscard]] admin::fleet_status status() const override { return current; }
  [[nodiscard]] boost::asio::awaitable<boost::system::result<void, admin::command_error>> carry_out(
      admin::command what, std::string role, bool wait, bool force) override;
  [[nodiscard]] boost::system::result<admin::load_plan, admin::command_error> plan_load(
      const std::string& role) const override;
  [[nodiscard]] boost::asio::awaitable<
      boost::system::result<admin::reload_plan, admin::reload_refusal>>
  reload(admin::reload_options options) override;
  [[nodiscard]] std::vector<admin::fleet_event> events_after(std::uint64_t after) const override;
  [[nodiscard]] std::vector<tracing::request_trace> requests(
      const tracing::request_query& query) const override;
  [[nodiscard]] boost::asio::awaitable<void> event_after(std::uint64_t after) override;
  [[nodiscard]] bool hot_ready() const override { return is_hot_ready; }
  [[nodiscard]] std::string metrics_text() override;

 private:
  boost::asio::steady_timer released_;
  boost::asio::steady_timer arrival_;
};

/// A fleet of one HOT role, a WARM one with two replicas, and one that shares.
[[nodiscard]] admin::fleet_status small_fleet();

}  // namespace rolecall::test
