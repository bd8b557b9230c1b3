#include "tools/rolectl/top_threads.hpp"

#include "orchestrator/admin/status_reader.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace rolecall::rolectl {

call_end::call_end() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0)
    throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
}

call_end::~call_end() { ::close(descriptor_); }

void call_end::now() noexcept { ::eventfd_write(descriptor_, 1); }

daemon_talker::daemon_talker(admin_client client, std::chrono::milliseconds interval,
                             top_mailbox& to)
    : client_(std::move(client)), interval_(interval), to_(to), thread_([this] { run(); }) {}

daemon_talker::~daemon_talker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_one();
  end_.now();
}

void daemon_talker::send(send_command what) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(what));
  }
  arrived_.notify_one();
}

void daemon_talker::run() {
  while (true) {
    std::optional<send_command> next;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, interval_, [this] { return ending_ || !commands_.empty(); });
      if (ending_) return;
      if (!commands_.empty()) {
        next = std::move(commands_.front());
        commands_.pop_front();
      }
    }
    if (next) carry_out(*next);
    ask();
  }
}

void daemon_talker::ask() {
  try {
    http_call call;
    call.target = "/admin/status";
    call.interrupt = end_.descriptor();
    auto status = admin::read_fleet_status(client_.call(call).body);
    if (!status) throw refused("what answers there is not rolecalld");
    to_.post(top_snapshot{*std::move(status)});
  } catch (const std::exception& failure) {
    to_.post(top_failure{failure.what()});
  }
}

void daemon_talker::carry_out(const send_command& what) {
  top_outcome outcome{what.what, what.role, {}};
  try {
    http_call call;
    call.method = "POST";
    call.target = "/admin/roles/" + percent_encoded(what.role) + "/";
    call.target.append(admin::to_string(what.what)).append("?wait=false");
    if (what.force) call.target += "&force=true";
    call.patience = std::chrono::seconds{30};
    call.interrupt = end_.descriptor();
    client_.call(call);
  } catch (const std::exception& failure) {
    outcome.refusal = failure.what();
  }
  to_.post(std::move(outcome));
}

log_follower::log_follower(admin_client client, std::string role, top_mailbox& to)
    : client_(std::move(client)), role_(std::move(role)), to_(to), thread_([this] { run(); }) {}

log_follower::~log_follower() {
  ending_ = true;
  end_.now();
}

void log_follower::run() {
  std::string reason = "the daemon ended it";
  try {
    http_call call;
    call.target = "/admin/logs/" + percent_encoded(role_) + "?lines=200&follow=true";
    call.patience.reset();
    call.interrupt = end_.descriptor();
    client_.call(call, [this](std::string_view piece) {
      to_.post(top_log_piece{role_, std::string{piece}});
      return true;
    });
  } catch (const std::exception& failure) {
    reason = failure.what();
  }
  // Whoever ended it knows, and may follow the same log again.
  if (!ending_) to_.post(top_log_end{role_, reason});
}

}  // namespace rolecall::rolectl
