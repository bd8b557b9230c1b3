#include "orchestrator/supervision/record_folder.hpp"

#include "orchestrator/state_file.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace rolecall::supervision {

namespace asio = boost::asio;

namespace {

constexpr const char* suffix = ".json";

// A process that a reload has retired may run beside its successor, which has another port then.
std::string file_name(const instance_record& record) {
  return record.instance + '@' + std::to_string(record.port) + suffix;
}

}  // namespace

record_folder::record_folder(std::filesystem::path folder, outcome_listener on_outcome,
                             std::chrono::milliseconds retry_gap)
    : folder_(std::move(folder)), on_outcome_(std::move(on_outcome)), retry_gap_(retry_gap) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) tell("cannot create " + folder_.string() + ": " + failed.message());
}

record_folder::~record_folder() {
  asio::post(pool_, [this] {
    is_ending_ = true;
    retry_.cancel();
    try_again();
  });
  pool_.join();
}

void record_folder::announce(const instance_record& record) {
  const auto file = file_of(record);
  auto draft = file;
  draft += ".announced";
  auto failed = write_draft(draft, to_json(record), /*flushed=*/false);
  {
    const std::lock_guard placing(placing_);
    (void)new_version(file);
    if (failed.empty()) failed = put_in_place(draft, file);
  }
  if (!failed.empty()) tell(std::move(failed));
}

void record_folder::write(instance_record record) {
  const auto version = new_version(file_of(record));
  asio::post(pool_, [this, record = std::move(record), version] { replace(record, version); });
}

void record_folder::remove(const instance_record& record) {
  const auto file = file_of(record);
  const auto version = new_version(file);
  asio::post(pool_, [this, file, version] {
    const std::lock_guard placing(placing_);
    if (!is_latest(file, version)) return;
    unwritten_.erase(file);
    std::error_code ignored;  // what is left describes a process that is gone, and is known as that
    std::filesystem::remove(file, ignored);
  });
}

void record_folder::replace(const instance_record& record, std::uint64_t version) {
  const auto file = file_of(record);
  auto draft = file;
  draft += ".new";
  auto failed = write_draft(draft, to_json(record), /*flushed=*/true);
  {
    const std::lock_guard placing(placing_);
    if (!is_latest(file, version)) return;
    if (failed.empty()) failed = put_in_place(draft, file);
  }
  if (failed.empty()) {
    flush_folder(folder_);
    unwritten_.erase(file);
    if (unwritten_.empty()) tell({});
    return;
  }
  unwritten_[file] = {record, version};
  tell(std::move(failed));
  try_again_later();
}

void record_folder::try_again() {
  std::erase_if(unwritten_, [this](const auto& waiting) {
    return !is_latest(waiting.first, waiting.second.version);
  });
  if (unwritten_.empty()) return;
  std::error_code ignored;  // if it cannot be made, the write will tell
  std::filesystem::create_directories(folder_, ignored);
  const auto waiting = unwritten_;  // what is written leaves it
  for (const auto& [file, late] : waiting) replace(late.record, late.version);
}

void record_folder::try_again_later() {
  if (is_ending_) return;
  retry_.expires_after(retry_gap_);
  retry_.async_wait([this](boost::system::error_code ec) {
    if (!ec) try_again();
  });
}

std::uint64_t record_folder::new_version(const std::filesystem::path& file) {
  const std::lock_guard lock(versions_mutex_);
  return ++versions_[file];
}

bool record_folder::is_latest(const std::filesystem::path& file, std::uint64_t version) {
  const std::lock_guard lock(versions_mutex_);
  return versions_[file] == version;
}

void record_folder::tell(std::string problem) {
  if (on_outcome_)
    asio::post(pool_, [this, problem = std::move(problem)] { on_outcome_(problem); });
}

std::filesystem::path record_folder::file_of(const instance_record& record) const {
  return folder_ / file_name(record);
}

std::filesystem::path record_folder_in(const std::filesystem::path& state_dir) {
  return state_dir / "instances";
}

records_read read_records(const std::filesystem::path& folder) {
  records_read read;
  std::error_code failed;
  std::filesystem::directory_iterator files(folder, failed);
  for (; !failed && files != std::filesystem::directory_iterator{}; files.increment(failed)) {
    const auto& file = files->path();
    if (file.extension() != suffix) continue;
    const auto problem = [&](const std::string& why) {
      read.problems.push_back("cannot use " + file.string() + ": " + why);
    };
    const auto text = read_state_file(file);
    if (!text) {
      problem(text.error());
      continue;
    }
    auto record = parse_instance_record(*text);
    if (!record)
      problem(record.error());
    else if (file_name(*record) != file.filename())
      problem("it is a record of " + record->instance + " at port " + std::to_string(record->port));
    else
      read.records.push_back(*std::move(record));
  }
  // No folder is no records; one that cannot be read hides processes that may be running.
  if (failed && failed != std::errc::no_such_file_or_directory)
    read.problems.push_back("cannot read " + folder.string() + ": " + failed.message());
  std::ranges::sort(read.records, {}, &instance_record::instance);
  return read;
}

}  // namespace rolecall::supervision
