#include "registry/model_files.hpp"

#include "registry/quantities.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include <sys/stat.h>

namespace rolecall::registry {

namespace {

namespace fs = std::filesystem;

/// "…-00002-of-00005.gguf": which shard of how many, and what stands before.
struct shard_name {
  std::string stem;
  int number = 0;  ///< from 1
  int count = 0;
};

std::optional<shard_name> parse_shard_name(const std::string& filename) {
  constexpr std::string_view sample = "-00001-of-00002.gguf";
  if (filename.size() <= sample.size()) return std::nullopt;
  const std::string_view tail = std::string_view(filename).substr(filename.size() - sample.size());
  const auto number_at = [&](std::size_t at) {
    int number = 0;
    const char* first = tail.data() + at;
    const auto [end, error] = std::from_chars(first, first + 5, number);
    return error == std::errc{} && end == first + 5 ? number : 0;
  };
  const bool fits = tail[0] == '-' && tail.substr(6, 4) == "-of-" && tail.substr(15) == ".gguf";
  if (!fits || number_at(1) <= 0 || number_at(10) <= 0) return std::nullopt;
  return shard_name{filename.substr(0, filename.size() - sample.size()), number_at(1),
                    number_at(10)};
}

std::string shard_filename(const shard_name& name, int number) {
  char tail[32];
  std::snprintf(tail, sizeof tail, "-%05d-of-%05d.gguf", number, name.count);
  return name.stem + tail;
}

std::string shard_words(int number, int count) {
  return "shard " + std::to_string(number) + " of " + std::to_string(count);
}

/// All zero when the file is gone in between; then its header could not be read either.
file_identity identity_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

/// Collects the shards of one model, first to last.
class shard_collector {
 public:
  explicit shard_collector(const fs::path& first)
      : first_(first), name_(parse_shard_name(first.filename().string())) {}

  boost::system::result<model_files, std::string> run() {
    std::string problem = check_name();
    if (problem.empty() && name_) problem = missing_shards();
    const int count = name_ ? name_->count : 1;
    for (int number = 1; number <= count && problem.empty(); ++number) problem = add(number);
    if (problem.empty()) problem = check_tensor_count();
    if (!problem.empty()) return refused{std::move(problem)};
    return std::move(result_);
  }

 private:
  fs::path path_of(int number) const {
    return name_ ? first_.parent_path() / shard_filename(*name_, number) : first_;
  }

  // Each check returns what is wrong, or nothing.

  std::string check_name() const {
    if (!name_ || name_->number == 1) return {};
    return first_.filename().string() + " is " + shard_words(name_->number, name_->count) +
           ": name the first, " + shard_filename(*name_, 1);
  }

  std::string missing_shards() const {
    constexpr int most_named = 4;
    std::string text;
    int missing = 0;
    for (int number = 1; number <= name_->count; ++number) {
      std::error_code ignored;
      const fs::path path = path_of(number);
      if (fs::is_regular_file(path, ignored) || ++missing > most_named) continue;
      text += (text.empty() ? "" : "; ") + shard_words(number, name_->count) +
              " is missing: " + path.string();
    }
    if (missing > most_named) text += "; so are " + std::to_string(missing - most_named) + " more";
    return text;
  }

  std::string add(int number) {
    const fs::path path = path_of(number);
    auto header = read_gguf(path);
    if (!header) return header.error();
    if (std::string problem = check_shard(*header, number, path); !problem.empty()) return problem;
    result_.files.push_back({identity_of(path), header->file_size, path.string()});
    result_.bytes += header->file_size;
    for (const gguf_tensor& tensor : header->tensors) {
      if (!names_.insert(tensor.name).second)
        return wrong(path, "its tensor " + tensor.name + " is in an earlier shard too");
    }
    if (number == 1) {
      result_.header = *std::move(header);
    } else {
      std::ranges::move(header->tensors, std::back_inserter(result_.header.tensors));
    }
    return {};
  }

  std::string check_shard(const gguf_header& header, int number, const fs::path& path) const {
    const auto count = header.number("split.count");
    if (!name_) {
      if (count.value_or(0) <= 1) return {};
      return wrong(path, "it is one of " + std::to_string(*count) +
                             " shards, and its name does not end in -00001-of-000NN.gguf: give "
                             "all shards the names they were made with");
    }
    if (!count) {
      // A file that was never split may have such a name.
      if (name_->count == 1) return {};
      return wrong(path, "it is no shard: it has no split.count");
    }
    if (*count != static_cast<std::uint64_t>(name_->count)) {
      return wrong(path, "its split.count is " + std::to_string(*count) + " and its name says " +
                             std::to_string(name_->count));
    }
    const auto index = header.number("split.no");
    if (index != static_cast<std::uint64_t>(number - 1)) {
      return wrong(path, "its split.no is " + (index ? std::to_string(*index) : "missing") +
                             " and its name makes it " + std::to_string(number - 1));
    }
    const auto tensors = header.number("split.tensors.count");
    const auto expected = result_.header.number("split.tensors.count");
    if (number > 1 && tensors != expected) {
      return wrong(path, "its split.tensors.count is " +
                             (tensors ? std::to_string(*tensors) : "missing") +
                             " and the first shard's is " +
                             (expected ? std::to_string(*expected) : "missing") +
                             ": they are shards of different models");
    }
    return {};
  }

  std::string check_tensor_count() const {
    const auto expected = result_.header.number("split.tensors.count");
    const std::size_t found = result_.header.tensors.size();
    if (!name_ || !expected || *expected == found) return {};
    return wrong(path_of(1), "its split.tensors.count is " + std::to_string(*expected) +
                                 " and its shards have " + std::to_string(found) +
                                 " tensors; copy or download them again");
  }

  static std::string wrong(const fs::path& path, const std::string& what) {
    return "cannot use " + path.string() + ": " + what;
  }

  fs::path first_;
  std::optional<shard_name> name_;
  std::set<std::string, std::less<>> names_;
  model_files result_;
};

}  // namespace

boost::system::result<model_files, std::string> read_model_files(const fs::path& first) {
  return shard_collector(first).run();
}

}  // namespace rolecall::registry
