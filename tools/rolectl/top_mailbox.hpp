#pragma once

#include "tools/rolectl/top_state.hpp"

#include <mutex>
#include <vector>

namespace rolecall::rolectl {

/// What other threads tell the one that shows `rolectl top`. Thread-safe.
class top_mailbox {
 public:
  /// Throws std::system_error when the process may open no more descriptors.
  top_mailbox();
  ~top_mailbox();
  top_mailbox(const top_mailbox&) = delete;
  top_mailbox& operator=(const top_mailbox&) = delete;

  void post(top_event event);
  /// What has come since, oldest first.
  [[nodiscard]] std::vector<top_event> take();
  /// Readable while something waits to be taken.
  [[nodiscard]] int descriptor() const noexcept { return wakes_; }

 private:
  std::mutex mutex_;
  std::vector<top_event> events_;
  int wakes_;
};

}  // namespace rolecall::rolectl
