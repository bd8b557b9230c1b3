#include "orchestrator/supervision/record_folder.hpp"

#include "orchestrator/state_file.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace rolecall::supervision {
namespace {

constexpr const char* suffix = ".json";

// A process that a reload has retired may run beside its successor, which has another port then.
std::string file_name(const instance_record& record) {
  return record.instance + '@' + std::to_string(record.port) + suffix;
}

}  // namespace

record_folder::record_folder(std::filesystem::path folder, problem_listener on_problem)
    : folder_(std::move(folder)), on_problem_(std::move(on_problem)) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) tell("cannot create " + folder_.string() + ": " + failed.message());
}

record_folder::~record_folder() { pool_.join(); }

void record_folder::announce(const instance_record& record) {
  const auto file = file_of(record);
  auto draft = file;
  draft += ".announced";
  auto failed = write_draft(draft, to_json(record), /*flushed=*/false);
  const std::lock_guard lock(mutex_);
  ++versions_[file];
  if (failed.empty()) failed = put_in_place(draft, file);
  if (!failed.empty()) tell(failed);
}

void record_folder::write(instance_record record) {
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    version = ++versions_[file_of(record)];
  }
  boost::asio::post(pool_,
                    [this, record = std::move(record), version] { replace(record, version); });
}

void record_folder::replace(const instance_record& record, std::uint64_t version) {
  const auto file = file_of(record);
  auto draft = file;
  draft += ".new";
  auto failed = write_draft(draft, to_json(record), /*flushed=*/true);
  {
    const std::lock_guard lock(mutex_);
    if (versions_[file] != version) return;
    if (failed.empty()) failed = put_in_place(draft, file);
  }
  if (failed.empty())
    flush_folder(folder_);
  else
    tell(failed);
}

void record_folder::remove(const instance_record& record) {
  const auto file = file_of(record);
  const std::lock_guard lock(mutex_);
  ++versions_[file];
  std::error_code ignored;  // what is left describes a process that is gone, and is known as that
  std::filesystem::remove(file, ignored);
}

void record_folder::tell(const std::string& problem) const {
  if (on_problem_) on_problem_(problem);
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
  std::ranges::sort(read.records, {}, &instance_record::instance);
  return read;
}

}  // namespace rolecall::supervision
