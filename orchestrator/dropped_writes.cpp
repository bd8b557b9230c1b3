#include "orchestrator/dropped_writes.hpp"

#include "orchestrator/log/log_line.hpp"

#include <utility>

namespace rolecall {

void dropped_writes::failed(const std::string& reason, std::uint64_t count) {
  metrics_.daemon().writes_dropped(file_, count);
  if (in_a_row_ == 0)
    log_line(priority::warning, "write_dropped").with("file", file_).with("reason", reason);
  in_a_row_ += count;
}

void dropped_writes::succeeded() {
  if (const auto dropped = std::exchange(in_a_row_, 0); dropped > 0)
    log_line(priority::notice, "writes_again")
        .with("file", file_)
        .with("dropped", static_cast<std::int64_t>(dropped));
}

}  // namespace rolecall
