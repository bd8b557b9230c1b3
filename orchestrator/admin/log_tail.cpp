#include "orchestrator/admin/log_tail.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall::admin {
namespace {

class open_file {
 public:
  explicit open_file(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {}
  ~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  /// False without a regular file.
  bool stat(struct stat& target) const {
    return descriptor_ >= 0 && ::fstat(descriptor_, &target) == 0 && S_ISREG(target.st_mode);
  }

  /// Bytes from `offset` on, at most `count`; fewer at the end of the file.
  std::string read(off_t offset, std::size_t count) const {
    std::string text(count, '\0');
    std::size_t filled = 0;
    while (filled < count) {
      const auto n = ::pread(descriptor_, text.data() + filled, count - filled,
                             offset + static_cast<off_t>(filled));
      if (n <= 0) break;
      filled += static_cast<std::size_t>(n);
    }
    text.resize(filled);
    return text;
  }

 private:
  int descriptor_;
};

/// Where the last `lines` lines of `text` begin.
std::size_t last_lines_begin(std::string_view text, std::size_t lines) {
  if (lines == 0) return text.size();
  auto at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  while (at > 0) {
    const auto newline = text.rfind('\n', at - 1);
    if (newline == std::string_view::npos) return 0;
    if (--lines == 0) return newline + 1;
    at = newline;
  }
  return 0;
}

}  // namespace

std::string log_tail::last(std::size_t lines) {
  const open_file file{file_};
  struct stat now {};
  if (!file.stat(now)) return {};
  const auto begin = std::max<off_t>(0, now.st_size - static_cast<off_t>(most_bytes));
  auto text = file.read(begin, static_cast<std::size_t>(now.st_size - begin));
  inode_ = now.st_ino;
  offset_ = begin + static_cast<off_t>(text.size());
  // A line that begins before what was read is left out.
  if (begin > 0) text.erase(0, text.find('\n') + 1);
  return text.substr(last_lines_begin(text, lines));
}

std::string log_tail::more() {
  const open_file file{file_};
  struct stat now {};
  if (!file.stat(now)) return {};
  if (now.st_ino != inode_) {
    inode_ = now.st_ino;
    offset_ = 0;
    ++replacements_;
  }
  if (now.st_size < offset_) offset_ = 0;
  const auto fresh = static_cast<std::size_t>(now.st_size - offset_);
  auto text = file.read(offset_, std::min(fresh, most_bytes));
  offset_ += static_cast<off_t>(text.size());
  return text;
}

std::string line_prefixer::prefixed(std::string_view text) {
  std::string result;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    result.append(name_).append(": ").append(unfinished_).append(text.substr(0, end + 1));
    unfinished_.clear();
    text.remove_prefix(end + 1);
  }
  unfinished_.append(text);
  // A writer that never ends its line must not fill our memory.
  if (unfinished_.size() > log_tail::most_bytes) result += rest();
  return result;
}

std::string line_prefixer::rest() {
  if (unfinished_.empty()) return {};
  std::string line = name_ + ": " + unfinished_ + "\n";
  unfinished_.clear();
  return line;
}

}  // namespace rolecall::admin
