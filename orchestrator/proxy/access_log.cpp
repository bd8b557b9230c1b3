#include "orchestrator/proxy/access_log.hpp"

#include "orchestrator/log/log_line.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace rolecall::proxy {
namespace {

// Lines that come meanwhile are written together.
constexpr std::chrono::milliseconds gathering{50};

int open_file(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

bool takes_no_file(int error) { return error == ENOSPC || error == EDQUOT || error == EROFS; }

}  // namespace

access_log::access_log(std::filesystem::path file, metrics::catalogue& metrics)
    : file_(std::move(file)), metrics_(metrics), descriptor_(open_file(file_)) {
  if (descriptor_ < 0 && !takes_no_file(errno))
    throw std::system_error(errno, std::generic_category(),
                            "cannot open the access log " + file_.string());
  thread_ = std::thread([this] { run(); });
}

access_log::~access_log() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  handed_over_.notify_all();
  thread_.join();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void access_log::write(const access_record& record) {
  thread_local std::string line;
  line.clear();
  append_line(line, record);
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > most_waiting) {
      metrics_.access_log_dropped(1);
      return;
    }
    is_first = waiting_.empty();
    waiting_ += line;
  }
  if (is_first) handed_over_.notify_one();  // later ones are taken along
}

void access_log::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopening_ = true;
  }
  handed_over_.notify_one();
}

void access_log::flush() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [this] { return waiting_.empty() && !is_writing_ && !reopening_; });
}

void access_log::run() {
  std::string lines;
  std::unique_lock lock(mutex_);
  while (true) {
    handed_over_.wait(lock, [this] { return !waiting_.empty() || reopening_ || ending_; });
    if (!reopening_ && !ending_) {
      handed_over_.wait_for(lock, gathering, [this] { return reopening_ || ending_; });
    }
    const bool is_last = ending_;
    const bool reopens = reopening_;
    lines.swap(waiting_);
    is_writing_ = true;
    lock.unlock();
    write_out(lines);
    lines.clear();
    if (reopens) open_again();
    lock.lock();
    is_writing_ = false;
    if (reopens) reopening_ = false;
    written_.notify_all();
    if (is_last) return;
  }
}

// A disk that takes no more loses lines, and the daemon goes on.
void access_log::write_out(const std::string& lines) {
  std::string_view rest = lines;
  if (!rest.empty() && descriptor_ < 0) descriptor_ = open_file(file_);
  if (!rest.empty() && torn_ && ::write(descriptor_, "\n", 1) == 1) torn_ = false;
  while (!rest.empty() && descriptor_ >= 0) {
    const auto count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    torn_ = rest[static_cast<std::size_t>(count) - 1] != '\n';
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  if (rest.empty()) {
    if (!lines.empty()) is_losing_ = false;
    return;
  }
  const int why = errno;
  const auto lost = std::ranges::count(rest, '\n');
  metrics_.access_log_dropped(static_cast<std::uint64_t>(lost));
  if (std::exchange(is_losing_, true)) return;  // told once; the metric counts on
  log_line(priority::warning, "access_log_lines_lost", component::proxy)
      .with("file", file_.string())
      .with("lines", lost)
      .with("reason", std::strerror(why));
}

void access_log::open_again() {
  const int fresh = open_file(file_);
  if (fresh < 0) {
    const int why = errno;
    log_line(priority::warning, "access_log_not_reopened", component::proxy)
        .with("file", file_.string())
        .with("reason", std::strerror(why));
    return;
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = fresh;
  torn_ = false;
}

}  // namespace rolecall::proxy
