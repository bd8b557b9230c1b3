#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/top_mailbox.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace rolecall::rolectl {

// Threads that wait for the daemon so that the screen need not. Their destructors end what they
// wait for and join them.

/// Ends a thread's calls: its descriptor is what http_call::interrupt waits for.
class call_end {
 public:
  /// Throws std::system_error when the process may open no more descriptors.
  call_end();
  ~call_end();
  call_end(const call_end&) = delete;
  call_end& operator=(const call_end&) = delete;

  void now() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// Asks for the fleet's status again and again, and carries out commands in between: what it posts
/// behind a command's outcome was asked for after it.
class daemon_talker {
 public:
  daemon_talker(admin_client client, std::chrono::milliseconds interval, top_mailbox& to);
  ~daemon_talker();
  daemon_talker(const daemon_talker&) = delete;
  daemon_talker& operator=(const daemon_talker&) = delete;

  /// Sends the command without waiting for what it leads to.
  void send(send_command what);

 private:
  void run();
  void ask();
  void carry_out(const send_command& what);

  admin_client client_;
  std::chrono::milliseconds interval_;
  top_mailbox& to_;
  call_end end_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<send_command> commands_;
  bool ending_ = false;
  std::jthread thread_;  // last: it uses what stands above
};

/// Posts a role's log from its last lines on, as it grows.
class log_follower {
 public:
  log_follower(admin_client client, std::string role, top_mailbox& to);
  ~log_follower();
  log_follower(const log_follower&) = delete;
  log_follower& operator=(const log_follower&) = delete;

 private:
  void run();

  admin_client client_;
  std::string role_;
  top_mailbox& to_;
  call_end end_;
  std::atomic<bool> ending_ = false;
  std::jthread thread_;
};

}  // namespace rolecall::rolectl
